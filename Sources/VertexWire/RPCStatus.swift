// Errors of Google's APIs.

package import Basics
package import Foundation

/// The error of a job or an operation (`google.rpc.Status`).
package struct RPCStatus: ProtoMessage {
    /// A number of gRPC, not of HTTP.
    package var code: ProtoInt32?
    /// For developers, in English.
    package var message: String?
    /// Typed details, each with `@type`.
    package var details: [JSONValue]?

    /// A status with no field set.
    package init() {}
}

/// The body of an error response.
package struct ErrorEnvelope: Hashable, Sendable, Codable {
    /// The error.
    package struct Body: Hashable, Sendable, Codable {
        /// One entry of an error of Cloud Storage.
        package struct Item: Hashable, Sendable, Codable {
            /// The text of the error.
            package var message: String?
            /// `global`, usually.
            package var domain: String?
            /// A word such as `notFound` or `conditionNotMet`.
            package var reason: String?
            /// The kind of the part of the request that is at fault, such as `header`.
            package var locationType: String?
            /// The part of the request that is at fault.
            package var location: String?

            /// - Parameter reason: a word such as `notFound`.
            package init(
                message: String? = nil, domain: String? = nil, reason: String? = nil, locationType: String? = nil,
                location: String? = nil
            ) {
                self.message = message
                self.domain = domain
                self.reason = reason
                self.locationType = locationType
                self.location = location
            }
        }

        /// The HTTP status.
        package var code: ProtoInt32?
        /// For developers, in English.
        package var message: String?
        /// A word such as `RESOURCE_EXHAUSTED`; absent from errors of Cloud Storage.
        package var status: String?
        /// Typed details, each with `@type`; usually absent.
        package var details: [JSONValue]?
        /// The entries of an error of Cloud Storage.
        package var errors: [Item]?

        /// - Parameter code: the HTTP status.
        package init(
            code: Int?, message: String?, status: String? = nil, details: [JSONValue]? = nil, errors: [Item]? = nil
        ) {
            self.code = code.map { ProtoInt32($0) }
            self.message = message
            self.status = status
            self.details = details
            self.errors = errors
        }
    }

    /// The error.
    package var error: Body

    /// - Parameter error: the error.
    package init(_ error: Body) { self.error = error }

    /// The error in a body: an object, or a list whose first entry is one. `nil` for any other body.
    package init?(body: Data) {
        guard let value = try? ReceivedJSON(body).value else { return nil }
        self.init(value)
    }

    /// The error in a JSON value: an object, or a list whose first entry is one. `nil` for any other value.
    package init?(_ value: JSONValue) {
        let object = value.array?.first ?? value
        guard let error = object["error"] else { return nil }
        if let body = try? ProtoNames.camelCase(error).decoded(as: Body.self) {
            self.error = body
        } else if let text = error.string {
            self.error = Body(code: nil, message: object["error_description"]?.string ?? text, status: text)
        } else if error.object != nil {
            self.error = Body(code: error["code"]?.int, message: error["message"]?.string, status: error["status"]?.string)
        } else {
            return nil
        }
    }
}

extension ErrorEnvelope.Body {
    /// The wait in seconds that a `RetryInfo` among the details asks for.
    package var retryDelay: Double? {
        for detail in details ?? [] {
            guard detail["@type"]?.string?.hasSuffix("google.rpc.RetryInfo") == true else { continue }
            let delay = detail["retryDelay"] ?? detail["retry_delay"]
            if let text = delay?.string { return Duration.seconds(in: text) }
            guard let parts = delay?.object else { continue }
            let whole = parts["seconds"].flatMap { $0.double ?? $0.string.flatMap(Double.init) } ?? 0
            let seconds = whole + (parts["nanos"]?.double ?? 0) / 1e9
            return seconds >= 0 && seconds.isFinite ? seconds : nil
        }
        return nil
    }

    /// The fields that a `BadRequest` among the details names, with their descriptions.
    package var violations: [(field: String, description: String)] {
        (details ?? []).filter { $0["@type"]?.string?.hasSuffix("google.rpc.BadRequest") == true }
            .flatMap { $0["fieldViolations"]?.array ?? $0["field_violations"]?.array ?? [] }
            .map { ($0["field"]?.string ?? "", $0["description"]?.string ?? "") }
    }

    private enum Duration {
        /// `7s` and `0.25s`; `nil` for any other text, negative ones included.
        static func seconds(in text: String) -> Double? {
            guard text.hasSuffix("s"), let value = Double(text.dropLast()), value >= 0, value.isFinite else { return nil }
            return value
        }
    }
}
