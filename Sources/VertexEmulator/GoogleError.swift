// Errors of Google's APIs, with their JSON forms.

import Basics
import EmulatorCore
import Foundation

/// The two forms in which Google's services report errors.
enum ErrorForm: Sendable {
    /// `google.rpc.Status` in JSON: code, message, status, details.
    case rpc
    /// Cloud Storage: code, message, errors.
    case storage
    /// The token endpoint: `error` and `error_description`.
    case oauth
}

/// An error answer of a Google service.
struct GoogleError: Error, Hashable, Sendable {
    /// The HTTP status.
    var code: Int
    /// The canonical code's name, such as `INVALID_ARGUMENT`.
    var status: String
    var message: String
    /// `google.rpc` details with their `@type`.
    var details: [JSONValue] = []
    /// Storage's reason, such as `conditionNotMet`.
    var reason: String?
    var headers: [String: String] = [:]

    init(_ code: Int, _ status: String, _ message: String, reason: String? = nil) {
        self.code = code
        self.status = status
        self.message = message
        self.reason = reason
    }

    /// The error with the canonical status of an HTTP status.
    init(http code: Int, _ message: String) {
        self.init(code, Self.statuses[code] ?? "UNKNOWN", message)
    }

    private static let statuses: [Int: String] = [
        400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 408: "CANCELLED",
        409: "ABORTED", 412: "FAILED_PRECONDITION", 413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED",
        499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
    ]

    /// The number of the canonical code in `google.rpc.Status`.
    var rpcCode: Int {
        [
            "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5,
            "ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9,
            "ABORTED": 10, "UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14, "UNAUTHENTICATED": 16,
        ][status] ?? 2
    }

    /// The error as a `google.rpc.Status` within a resource.
    var rpcStatus: JSONValue { ["code": .int(Int64(rpcCode)), "message": .string(message)] }

    func body(_ form: ErrorForm) -> JSONValue {
        switch form {
        case .rpc:
            var error: [String: JSONValue] = [
                "code": .int(Int64(code)), "message": .string(message), "status": .string(status),
            ]
            if !details.isEmpty { error["details"] = .array(details) }
            return ["error": .object(error)]
        case .storage:
            var item: [String: JSONValue] = [
                "message": .string(message), "domain": "global", "reason": .string(reason ?? Self.reason(of: code)),
            ]
            if code == 412 {
                item["locationType"] = "header"
                item["location"] = "If-Match"
            } else if code == 401 {
                item["locationType"] = "header"
                item["location"] = "Authorization"
            }
            return ["error": ["code": .int(Int64(code)), "message": .string(message), "errors": [.object(item)]]]
        case .oauth:
            return ["error": .string(reason ?? "invalid_request"), "error_description": .string(message)]
        }
    }

    private static func reason(of code: Int) -> String {
        switch code {
        case 401: "required"
        case 403: "forbidden"
        case 404: "notFound"
        case 409: "conflict"
        case 412: "conditionNotMet"
        case 429: "rateLimitExceeded"
        case 500...: "backendError"
        default: "invalid"
        }
    }
}

/// Errors that are thrown in more than one place.
extension GoogleError {
    static func invalid(_ message: String) -> GoogleError { GoogleError(400, "INVALID_ARGUMENT", message) }

    static func precondition(_ message: String) -> GoogleError { GoogleError(400, "FAILED_PRECONDITION", message) }

    static func notFound(_ message: String) -> GoogleError { GoogleError(404, "NOT_FOUND", message) }

    static let noSuchPath = GoogleError(404, "NOT_FOUND", "Requested entity was not found: the emulator has no such path.")

    static let conditionNotMet = GoogleError(
        412, "FAILED_PRECONDITION", "At least one of the pre-conditions you specified did not hold.")

    /// The credentials are missing, wrong or have expired.
    static let unauthenticated = GoogleError(
        401, "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            + "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.")

    /// An invalid argument with the violated field, as tuning reports it.
    static func fieldViolation(_ field: String, _ description: String) -> GoogleError {
        var error = invalid("List of found errors:\t1.Field: \(field); Message: \(description)\t")
        error.details = [
            [
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [["field": .string(field), "description": .string(description)]],
            ]
        ]
        return error
    }

    /// Google's form of any error.
    init(describing error: any Error) {
        switch error {
        case let error as GoogleError: self = error
        case let error as RequestRefusal: self.init(http: error.status, error.message)
        default:
            let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
            self.init(500, "INTERNAL", isFull ? "The disk of the emulator's state is full." : "\(error)")
        }
    }
}
