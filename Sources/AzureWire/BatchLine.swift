// The lines of a batch's input, output and error files.

package import Basics

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
    package var statusCode: Int
    package var requestID: String?
    package var body: BatchLineBody

    package init(statusCode: Int, requestID: String?, body: BatchLineBody) {
        self.statusCode = statusCode
        self.requestID = requestID
        self.body = body
    }

    enum CodingKeys: String, CodingKey {
        case statusCode = "status_code"
        case requestID = "request_id"
        case body
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let status = container.optionalInt(.statusCode) else {
            throw DecodingError.dataCorruptedError(
                forKey: .statusCode, in: container, debugDescription: "no status code")
        }
        statusCode = status
        requestID = container.optionalText(.requestID)
        if (200..<300).contains(status), let completion = container.optional(.body, as: ChatCompletion.self) {
            body = .completion(completion)
        } else if let error = container.optional(.body, as: ErrorBody.self) {
            body = .error(error)
        } else {
            body = .other(container.optional(.body) ?? .null)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(statusCode, forKey: .statusCode)
        try container.encodeIfPresent(requestID, forKey: .requestID)
        switch body {
        case .completion(let completion): try container.encode(completion, forKey: .body)
        case .error(let error): try container.encode(error, forKey: .body)
        case .other(let value): try container.encode(value, forKey: .body)
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

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        message = container.optionalText(.message)
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
        id = container.optionalText(.id)
        customID = try container.text(.customID)
        response = container.optional(.response)
        error = container.optional(.error)
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
