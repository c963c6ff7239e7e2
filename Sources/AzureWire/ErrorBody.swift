// The bodies of errors: of the authoring, inference and v1 planes, of the control plane, and of gateways in front.

import Basics

/// What the service nests under an error, and where it says what its content filter saw.
package struct InnerError: Hashable, Sendable, Codable {
    package var code: String?
    package var contentFilterResults: ContentFilterResults?

    package init(code: String?, contentFilterResults: ContentFilterResults? = nil) {
        self.code = code
        self.contentFilterResults = contentFilterResults
    }

    enum CodingKeys: String, CodingKey {
        case code
        case contentFilterResult = "content_filter_result"
        case contentFilterResults = "content_filter_results"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        contentFilterResults = container.optional(.contentFilterResult) ?? container.optional(.contentFilterResults)
    }

    /// Writes the singular `content_filter_result`, which the live service sends; the reference has the plural.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(contentFilterResults, forKey: .contentFilterResult)
    }
}

/// One error. `code` may be a word (`invalidPayload`), a number in a string (`"429"`) or a number.
package struct ErrorDetail: Hashable, Sendable, Codable {
    package var code: String?
    package var message: String?
    package var param: String?
    package var type: String?
    package var target: String?
    /// The HTTP status, repeated in the body of a refusal by the content filter.
    package var status: Int?
    package var details: [ErrorDetail]
    package var innerError: InnerError?

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

    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            code = nil
            message = text
            details = []
            return
        }
        // Some servers list several errors: the first one leads, the others are its details.
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

    /// Whether the content filter refused the prompt: a result of the request, not a failure of the call.
    package var isContentFilter: Bool {
        code?.lowercased() == "content_filter" || code?.lowercased() == "contentfilter"
            || innerError?.code == "ResponsibleAIPolicyViolation"
    }
}

/// One field that a server rejects, as FastAPI lists them: `{"loc":["body","seed"],"msg":"…"}`.
private struct FieldViolation: Decodable {
    /// The path to the field without the part of the request that it is in.
    var field: String?
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

/// The body of an answer that is an error: `{"error":{…}}`. Reads also a list of such objects, `{"error":"…"}` and a bare
/// `{"statusCode":…,"message":…}`, which gateways and other servers send.
package struct ErrorBody: Hashable, Sendable, Codable {
    package var error: ErrorDetail

    package init(_ error: ErrorDetail) { self.error = error }

    enum CodingKeys: String, CodingKey { case error }

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
