// Error bodies: of the authoring, inference and v1 planes, of the control plane, and of gateways in front of them.

import Basics

/// The error nested under another, with the content filter's verdicts.
package struct InnerError: Hashable, Sendable, Codable {
    /// A more specific code, such as `ResponsibleAIPolicyViolation`.
    package var code: String?
    /// The verdicts that led to a refusal; `nil` for other errors.
    package var contentFilterResults: ContentFilterResults?

    /// - Parameter contentFilterResults: only for a refusal by the content filter.
    package init(code: String?, contentFilterResults: ContentFilterResults? = nil) {
        self.code = code
        self.contentFilterResults = contentFilterResults
    }

    enum CodingKeys: String, CodingKey {
        case code
        case contentFilterResult = "content_filter_result"
        case contentFilterResults = "content_filter_results"
    }

    /// Reads the filter's verdicts by either key, singular or plural.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        contentFilterResults = container.optional(.contentFilterResult) ?? container.optional(.contentFilterResults)
    }

    /// Writes the singular `content_filter_result`, which the live service sends; the reference documents the plural.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(contentFilterResults, forKey: .contentFilterResult)
    }
}

/// One error. On the wire, `code` is a word (`invalidPayload`), a number in a string (`"429"`) or a number.
package struct ErrorDetail: Hashable, Sendable, Codable {
    /// The service's code as text; `nil` where only a message is sent.
    package var code: String?
    /// Untrusted text of the service.
    package var message: String?
    /// The request parameter at fault.
    package var param: String?
    /// OpenAI's error class, such as `invalid_request_error`.
    package var type: String?
    /// The control plane's name of the resource or member at fault.
    package var target: String?
    /// The HTTP status, which a refusal by the content filter repeats in the body.
    package var status: Int?
    /// Further errors; empty if none.
    package var details: [ErrorDetail]
    /// A more specific error, which for a content filter refusal holds the verdicts.
    package var innerError: InnerError?

    /// Creates an error as the emulator sends it; `nil` members are omitted.
    package init(
        code: String?, message: String?, param: String? = nil, type: String? = nil, target: String? = nil,
        status: Int? = nil, details: [ErrorDetail] = [], innerError: InnerError? = nil
    ) {
        self.code = code
        self.message = message
        self.param = param
        self.type = type
        self.target = target
        self.status = status
        self.details = details
        self.innerError = innerError
    }

    enum CodingKeys: String, CodingKey {
        case code, message, param, type, target, status, details, detail, error, statusCode, msg
        case errorDescription = "error_description"
        case innererror
        case innerError = "inner_error"
    }

    /// Whether the error carries no information; some servers send such an error with every answer.
    var isEmpty: Bool {
        func says(_ text: String?) -> Bool { !["", "0", "200", "null", "none"].contains(text?.lowercased() ?? "") }
        return !says(code) && !says(message) && !says(type) && details.allSatisfy(\.isEmpty) && innerError == nil
    }

    /// Reads a bare string, a list of errors, and the member names of FastAPI and OAuth besides the documented ones.
    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            code = nil
            message = text
            details = []
            return
        }
        // Some servers list several errors: the first one leads, the others become its details.
        if let list = try? decoder.singleValueContainer().decode([ErrorDetail].self), let first = list.first {
            self = first
            details += list.dropFirst()
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code) ?? container.optionalText(.statusCode)
        let violations = container.optional(.detail, as: [FieldViolation].self) ?? []
        message =
            container.optionalText(.message) ?? container.optionalText(.detail) ?? container.optionalText(.error)
            ?? container.optionalText(.msg) ?? container.optionalText(.errorDescription)
            ?? (violations.isEmpty ? nil : violations.map(\.text).joined(separator: "; "))
        param = container.optionalText(.param) ?? violations.first?.field
        type = container.optionalText(.type)
        target = container.optionalText(.target)
        status = container.optionalInt(.status)
        details = container.optional(.details) ?? []
        innerError = container.optional(.innererror) ?? container.optional(.innerError)
    }

    /// Encodes the documented names; empty `details` and `nil` members are omitted.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(message, forKey: .message)
        try container.encodeIfPresent(param, forKey: .param)
        try container.encodeIfPresent(type, forKey: .type)
        try container.encodeIfPresent(target, forKey: .target)
        try container.encodeIfPresent(status, forKey: .status)
        if !details.isEmpty { try container.encode(details, forKey: .details) }
        try container.encodeIfPresent(innerError, forKey: .innererror)
    }

    /// Whether the content filter refused the prompt, which is a result of the request rather than a failed call.
    package var isContentFilter: Bool {
        code?.lowercased() == "content_filter" || code?.lowercased() == "contentfilter"
            || innerError?.code == "ResponsibleAIPolicyViolation"
    }
}

/// One rejected field, in FastAPI's form: `{"loc":["body","seed"],"msg":"…"}`.
private struct FieldViolation: Decodable {
    /// The path to the field, without the leading part of the request.
    var field: String?
    /// The message, prefixed with the field.
    var text: String

    enum CodingKeys: String, CodingKey { case loc, msg }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let parts = (container.optional(.loc, as: [JSONValue].self) ?? []).compactMap { part in
            part.string ?? part.int.map(String.init)
        }
        let path = (parts.first == "body" ? parts.dropFirst() : parts[...]).joined(separator: ".")
        field = path.isEmpty ? nil : path
        let message = try container.text(.msg)
        text = field.map { "\($0): \(message)" } ?? message
    }
}

/// The body of an error response: `{"error":{…}}`. Also reads a list of such objects, `{"error":"…"}` and a bare
/// `{"statusCode":…,"message":…}`, which gateways and other servers send.
package struct ErrorBody: Hashable, Sendable, Codable {
    /// The first error; further ones are in its `details`.
    package var error: ErrorDetail

    /// Wraps an error in the envelope of the wire.
    package init(_ error: ErrorDetail) { self.error = error }

    enum CodingKeys: String, CodingKey { case error }

    /// Throws when the body holds neither a code nor a message, so that other JSON is not treated as an error.
    package init(from decoder: any Decoder) throws {
        if let list = try? decoder.singleValueContainer().decode([ErrorBody].self), let first = list.first {
            error = first.error
            error.details += list.dropFirst().map(\.error)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let nested = container.optional(.error, as: ErrorDetail.self), nested.code != nil || nested.message != nil {
            error = nested
            return
        }
        let bare = try ErrorDetail(from: decoder)
        guard bare.code != nil || bare.message != nil else {
            throw DecodingError.dataCorruptedError(forKey: .error, in: container, debugDescription: "no error")
        }
        error = bare
    }
}
