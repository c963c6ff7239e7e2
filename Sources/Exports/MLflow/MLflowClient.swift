// Talks to an MLflow tracking server over its REST API, version 2.0.

package import Basics
import Foundation
package import Platform

/// A server's refusal, or a call without an answer.
package struct MLflowError: AdvisedError, Sendable, CustomStringConvertible {
    /// The HTTP status; `nil` without an answer.
    package var status: Int?
    /// The server's error code, such as `RESOURCE_DOES_NOT_EXIST`.
    package var code: String?
    /// The message with the address of the call.
    package var description: String
    /// The recommended action, if known.
    package var hint: String?
}

/// A connection to one server. Calls are repeated after losses and overload; every call may safely be repeated.
package struct MLflowClient: Sendable {
    /// The server's address without a final slash.
    package let uri: String
    private let transport: any HTTPTransport
    private let clock: any WallClock
    private let authorization: String?
    /// The parts of the authorization, which a server may repeat in an error.
    private let secrets: [String]
    private let timeout: Double
    private static let attempts = 4

    /// - Parameters:
    ///   - uri: the address of the tracking server: `http://127.0.0.1:5000`.
    ///   - environment: `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, sign in.
    ///   - timeout: the limit of one call, in seconds.
    package init(
        uri: String, environment: [String: String], transport: any HTTPTransport, clock: any WallClock, timeout: Double = 120
    ) {
        self.timeout = timeout
        self.uri = String(uri.reversed().drop { $0 == "/" }.reversed())
        self.transport = transport
        self.clock = clock
        authorization = MLflowClient.authorization(environment)
        secrets =
            (["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD"].compactMap { environment[$0] }
            + [authorization.map { String($0.drop { $0 != " " }.dropFirst()) }].compactMap { $0 })
            .filter { $0.utf8.count >= MLflowClient.minSecretBytes }
    }

    /// Shorter texts would match ordinary words, in bytes.
    private static let minSecretBytes = 8

    /// Whether the environment signs in, so that calls carry a credential.
    package static func signsIn(_ environment: [String: String]) -> Bool { authorization(environment) != nil }

    private static func authorization(_ environment: [String: String]) -> String? {
        if let token = environment["MLFLOW_TRACKING_TOKEN"], !token.isEmpty { return "Bearer " + token }
        guard let name = environment["MLFLOW_TRACKING_USERNAME"], !name.isEmpty else { return nil }
        let pair = name + ":" + (environment["MLFLOW_TRACKING_PASSWORD"] ?? "")
        return "Basic " + Data(pair.utf8).base64EncodedString()
    }

    /// Sends a call of the tracking API.
    /// - Throws: `MLflowError`.
    func call(
        _ method: HTTPMethod, _ path: String, query: [(String, String)] = [], _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        let parameters = query.map { "\($0)=\(MLflowClient.encoded($1, keepingSlashes: false))" }.joined(separator: "&")
        let url = "\(uri)/api/2.0/mlflow/\(path)" + (parameters.isEmpty ? "" : "?" + parameters)
        let data = body.map { Data($0.canonical.utf8) }
        let answer = try await send(method, url, data, type: "application/json")
        guard !answer.isEmpty else { return [:] }
        do { return try JSONValue(parsing: answer) } catch {
            throw MLflowError(
                description: "\(method.rawValue) \(HTTPRequestValue.withoutSecrets(url)): the reply is not JSON",
                hint: "is this the address of an MLflow server?")
        }
    }

    /// Writes a file of a run through the server's artifact service.
    func put(_ text: String, at path: String) async throws {
        let url = "\(uri)/api/2.0/mlflow-artifacts/artifacts/" + MLflowClient.encoded(path, keepingSlashes: true)
        _ = try await send(.put, url, Data(text.utf8), type: "application/octet-stream")
    }

    private func send(_ method: HTTPMethod, _ url: String, _ body: Data?, type: String) async throws -> Data {
        var fields: HTTPFields = ["Accept": "application/json", "Content-Type": type]
        if let authorization { fields.append("Authorization", authorization) }
        let request = HTTPRequestValue(method, url, fields: fields, body: body.map { [.bytes($0)] } ?? [], timeout: timeout)
        var attempt = 1
        while true {
            let problem: MLflowError
            let mayRepeat: Bool
            do {
                let response = try await transport.send(request)
                if response.isSuccess { return response.body }
                problem = failure(request, response)
                mayRepeat = response.status == 429 || response.status >= 500
            } catch let error as HTTPTransportError {
                problem = MLflowError(description: "\(request): \(error)", hint: "is an MLflow server running there?")
                mayRepeat = true
            }
            guard mayRepeat, attempt < MLflowClient.attempts else { throw problem }
            try await clock.sleep(seconds: 0.25 * Double(1 << attempt))
            attempt += 1
        }
    }

    private func failure(_ request: HTTPRequestValue, _ response: HTTPResponseValue) -> MLflowError {
        let document = try? JSONValue(parsing: response.body)
        let code = document?["error_code"]?.string
        // Secrets are removed before the text is cut, because cutting could leave part of one.
        let message = secrets.reduce(
            document?["message"]?.string
                ?? String(decoding: response.body.prefix(100_000), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        ) { $0.replacing($1, with: "[redacted]") }
        let hint: String? =
            switch response.status {
            case 401, 403: "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
            case 404 where code == nil: "is this the address of an MLflow server?"
            default: nil
            }
        return MLflowError(
            status: response.status, code: code,
            description: "\(request): status \(response.status)\(message.isEmpty ? "" : ", " + String(message.prefix(500)))",
            hint: hint)
    }

    private static func encoded(_ text: String, keepingSlashes: Bool) -> String {
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                || "-._~".utf8.contains(byte) || keepingSlashes && byte == UInt8(ascii: "/")
            result +=
                isPlain
                ? String(UnicodeScalar(byte))
                : "%" + String(byte >> 4, radix: 16, uppercase: true)
                    + String(byte & 15, radix: 16, uppercase: true)
        }
        return result
    }
}
