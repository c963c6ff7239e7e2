// Checks a call's header fields, credentials and version.

import Basics
import EmulatorCore
import Foundation

/// The checks that a call passes before it is executed, and before any fault.
struct CallCheck {
    var settings: EmulatorSettings

    func check(_ call: Call) throws(ServiceError) {
        try checkHeaders(call)
        try authorize(call)
        try checkVersion(call)
    }

    /// The service forwards up to ten custom header fields and rejects more. The emulator counts `x-…` fields, except
    /// the platform's `x-ms-…` and the `x-stainless-…` fields of the provider's SDK.
    private func checkHeaders(_ call: Call) throws(ServiceError) {
        let own = call.headers.keys.filter { name in
            name.hasPrefix("x-") && !name.hasPrefix("x-ms-") && !name.hasPrefix("x-stainless-")
        }
        guard own.count > settings.limits.customHeaders else { return }
        throw ServiceError(
            431, "431", "The request has \(own.count) custom headers; at most \(settings.limits.customHeaders) are accepted.")
    }

    /// Accepts a key in `api-key`, or a key or token as Bearer; the control plane accepts tokens only.
    private func authorize(_ call: Call) throws(ServiceError) {
        let bearer = call.headers["authorization"].flatMap { header in
            header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : nil
        }
        let takesKey = call.route.surface != .resourceManager && call.route.surface != .openAI
        let key = takesKey ? call.headers["api-key"] ?? bearer : bearer
        guard let key, !key.trimmingCharacters(in: .whitespaces).isEmpty else {
            if call.route.surface == .resourceManager {
                throw ServiceError(
                    401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
            }
            throw .unauthorized
        }
        guard let expected = settings.apiKey else { return }
        // Compares digests, so that the timing reveals nothing about the key.
        guard Digest(of: key) == Digest(of: expected) else { throw .unauthorized }
    }

    /// Classic paths require `api-version`; v1 takes none, `v1` or `preview`.
    private func checkVersion(_ call: Call) throws(ServiceError) {
        switch call.route.surface {
        case .authoring, .inference:
            guard call.hasDatedVersion else { throw .noSuchPath }
        case .v1:
            guard ["v1", "preview"].contains(call.apiVersion) else {
                throw ServiceError(
                    400, "BadRequest", "api-version query parameter is not allowed when using /v1 path")
            }
        case .openAI, .resourceManager: break
        }
    }
}
