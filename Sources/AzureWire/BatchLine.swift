// The lines of a batch's input, output and error files.

package import Basics
import Foundation

/// One request of a batch's input file. `Body` is `ChatCompletionRequest`, or `JSONValue` to inspect the body before
/// decoding it.
package struct BatchInputLine<Body: Codable & Sendable>: Codable, Sendable {
    /// Matches the answer to the request; unique within the file.
    package var customID: String
    /// Always `POST`.
    package var method: String
    /// The operation; must equal the endpoint of the batch.
    package var url: BatchEndpoint
    /// The request body, as if sent alone.
    package var body: Body

    /// - Parameter customID: must be unique within the file.
    package init(customID: String, method: String = "POST", url: BatchEndpoint, body: Body) {
        self.customID = customID
        self.method = method
        self.url = url
        self.body = body
    }

    enum CodingKeys: String, CodingKey {
        case customID = "custom_id"
        case method, url, body
    }
}

extension BatchInputLine: Equatable where Body: Equatable {}
extension BatchInputLine: Hashable where Body: Hashable {}

/// The body of an answered line: a completion for a 2xx status, an error otherwise.
package enum BatchLineBody: Hashable, Sendable {
    /// A valid answer, with a 2xx status or without one.
    case completion(ChatCompletion)
    /// An error that the provider reports for this line.
    case error(ErrorBody)
    /// Neither a completion nor an error; kept unchanged.
    case other(JSONValue)
}

/// The response to one line, as if the request had been sent alone.
package struct BatchLineResponse: Hashable, Sendable, Codable {
    /// The HTTP status; `nil` where the server omits it.
    package var statusCode: Int?
    /// The provider's id of the request, for support cases.
    package var requestID: String?
    /// The decoded body; never missing, at worst `.other(.null)`.
    package var body: BatchLineBody

    /// - Parameter statusCode: the HTTP status; `nil` is not encoded.
    package init(statusCode: Int?, requestID: String?, body: BatchLineBody) {
        self.statusCode = statusCode
        self.requestID = requestID
        self.body = body
    }

    enum CodingKeys: String, CodingKey {
        case statusCode = "status_code"
        case requestID = "request_id"
        case body
    }

    /// Alternative keys of the status on other servers.
    private enum AliasKeys: String, CodingKey { case status, code }

    /// Reads the documented envelope, one without a status, a body of JSON in a string, and an answer instead of the
    /// envelope.
    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(statusCode: nil, requestID: nil, body: BatchLineBody(.string(text), status: nil))
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var status = container.optionalInt(.statusCode)
        if status == nil, let aliases = try? decoder.container(keyedBy: AliasKeys.self) {
            status = aliases.optionalInt(.status) ?? aliases.optionalInt(.code)
        }
        let whole: JSONValue =
            container.contains(.body)
            ? container.optional(.body) ?? .null : (try? JSONValue(from: decoder)) ?? .null
        self.init(statusCode: status, requestID: container.optionalText(.requestID), body: BatchLineBody(whole, status: status))
    }

    /// Encodes the documented envelope; a missing status or request id is omitted.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(statusCode, forKey: .statusCode)
        try container.encodeIfPresent(requestID, forKey: .requestID)
        switch body {
        case .completion(let completion): try container.encode(completion, forKey: .body)
        case .error(let error): try container.encode(error, forKey: .body)
        case .other(let value): try container.encode(value, forKey: .body)
        }
    }
}

extension BatchLineBody {
    /// The maximum levels of JSON in a string that are unpacked.
    private static let nesting = 2

    /// Classifies a body. Without a status, its content decides; with an error status, a completion does not count as
    /// an answer.
    init(_ value: JSONValue, status: Int?) {
        var value = value
        for _ in 0..<BatchLineBody.nesting {
            guard let text = value.string, let parsed = try? JSONValue(parsing: Data(text.utf8)) else { break }
            value = parsed
        }
        if status.map({ (200..<300).contains($0) }) ?? true,
            let completion = try? value.decoded(as: ChatCompletion.self)
        {
            self = .completion(completion)
        } else if let error = try? value.decoded(as: ErrorBody.self) {
            self = .error(error)
        } else {
            self = .other(value)
        }
    }
}

/// The reason why a line got no response, such as `batch_expired` or `batch_cancelled`.
package struct BatchLineError: Hashable, Sendable, Codable {
    /// The service's error code; `nil` where only a text is sent.
    package var code: String?
    /// Untrusted text of the service.
    package var message: String?

    /// Creates an error with the two members that the reference requires.
    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    enum CodingKeys: String, CodingKey { case code, message }

    /// Also reads a bare string and an error nested in another.
    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            message = text
            return
        }
        let body = try ErrorBody(from: decoder)
        code = body.error.code
        message = body.error.message
    }
}

/// One line of a batch's output or error file. The order differs from that of the input.
package struct BatchOutputLine: Hashable, Sendable, Codable {
    /// Set by OpenAI; Azure sends none.
    package var id: String?
    /// The `custom_id` of the request that this line answers.
    package var customID: String
    /// `nil` when the request was not run.
    package var response: BatchLineResponse?
    /// Set when the request was not run.
    package var error: BatchLineError?

    /// Creates an output line. Set exactly one of `response` and `error`.
    package init(
        id: String? = nil, customID: String, response: BatchLineResponse?, error: BatchLineError? = nil
    ) {
        self.id = id
        self.customID = customID
        self.response = response
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case id
        case customID = "custom_id"
        case response, error
    }

    /// Reads the documented form, `customId`, and a body or completion without its envelope.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let aliases = try decoder.container(keyedBy: AliasKeys.self)
        id = container.optionalText(.id)
        customID =
            try container.optionalText(.customID) ?? aliases.optionalText(.customId)
            ?? container.text(.customID)
        response = container.optional(.response)
        error = container.optional(.error)
        // Some servers omit the envelope.
        if response == nil, error == nil, let body = aliases.optional(.body, as: JSONValue.self), !body.isNull {
            response = BatchLineResponse(
                statusCode: aliases.optionalInt(.statusCode), requestID: nil,
                body: BatchLineBody(body, status: aliases.optionalInt(.statusCode)))
        } else if response == nil, error == nil, aliases.contains(.choices) {
            response = try? BatchLineResponse(from: decoder)
        }
    }

    private enum AliasKeys: String, CodingKey {
        case customId, body, choices
        case statusCode = "status_code"
    }

    /// Always writes `response` and `error`, `null` if missing, as the service does.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(customID, forKey: .customID)
        try container.encode(response, forKey: .response)
        try container.encode(error, forKey: .error)
    }
}
