// The lines of a batch's input, output and error files.

package import Basics
import Foundation

/// One request of a batch's input file. `Body` is `ChatCompletionRequest`, or `JSONValue` to look before decoding.
package struct BatchInputLine<Body: Codable & Sendable>: Codable, Sendable {
    package var customID: String
    package var method: String
    package var url: BatchEndpoint
    package var body: Body

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

/// What stands in the body of an answered line: a completion when the status is 2xx, else an error.
package enum BatchLineBody: Hashable, Sendable {
    case completion(ChatCompletion)
    case error(ErrorBody)
    /// Neither: kept as it came.
    case other(JSONValue)
}

/// The answer to one line, as if the request had been sent alone.
package struct BatchLineResponse: Hashable, Sendable, Codable {
    /// `nil` where the server leaves it out.
    package var statusCode: Int?
    package var requestID: String?
    package var body: BatchLineBody

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

    /// The names of a status that other servers use.
    private enum AliasKeys: String, CodingKey { case status, code }

    /// Reads the envelope of the reference, one without a status, a body that is JSON in a string, and an answer that
    /// stands in the place of the envelope.
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
    /// The most times that JSON in a string is unpacked.
    private static let nesting = 2

    /// Reads a body. Without a status, what it holds decides; with a status that is no success, a completion in it is not
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

/// Why a line got no answer at all, such as `batch_expired` or `batch_cancelled`.
package struct BatchLineError: Hashable, Sendable, Codable {
    package var code: String?
    package var message: String?

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    enum CodingKeys: String, CodingKey { case code, message }

    /// Reads also a bare text, and an error nested in another.
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

/// One line of a batch's output or error file; the order of lines is not that of the input.
package struct BatchOutputLine: Hashable, Sendable, Codable {
    /// OpenAI numbers its lines, Azure does not.
    package var id: String?
    package var customID: String
    package var response: BatchLineResponse?
    package var error: BatchLineError?

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

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let aliases = try decoder.container(keyedBy: AliasKeys.self)
        id = container.optionalText(.id)
        customID = try container.optionalText(.customID) ?? aliases.optionalText(.customId)
            ?? container.text(.customID)
        response = container.optional(.response)
        error = container.optional(.error)
        // Some servers leave the envelope out.
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

    /// `response` and `error` are always written, `null` where there is none, as the service does.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(customID, forKey: .customID)
        try container.encode(response, forKey: .response)
        try container.encode(error, forKey: .error)
    }
}
