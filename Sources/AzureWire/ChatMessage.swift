// The messages of a chat, with their text and image parts.

package import Basics

package struct ChatRole: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let system: ChatRole = "system"
    package static let developer: ChatRole = "developer"
    package static let user: ChatRole = "user"
    package static let assistant: ChatRole = "assistant"
    package static let tool: ChatRole = "tool"
    package static let known: [ChatRole] = [system, developer, user, assistant, tool]
}

/// How finely an image is looked at, which also decides its price.
package struct ImageDetail: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let auto: ImageDetail = "auto"
    package static let low: ImageDetail = "low"
    package static let high: ImageDetail = "high"
    package static let known: [ImageDetail] = [auto, low, high]
}

/// An image by its address, which may be a `data:` URL with the bytes in base64.
package struct ImageURL: Hashable, Sendable, Codable {
    package var url: String
    package var detail: ImageDetail?

    package init(url: String, detail: ImageDetail? = nil) {
        self.url = url
        self.detail = detail
    }
}

/// One part of a message's content.
package enum ContentPart: Hashable, Sendable, Codable {
    case text(String)
    case image(ImageURL)
    /// A part of a kind that is not known here, as it came.
    case other(JSONValue)

    enum CodingKeys: String, CodingKey {
        case type, text
        case imageURL = "image_url"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .type) {
        case "text": self = .text(try container.decode(String.self, forKey: .text))
        case "image_url": self = .image(try container.decode(ImageURL.self, forKey: .imageURL))
        default: self = .other(try JSONValue(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .text(let text):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("text", forKey: .type)
            try container.encode(text, forKey: .text)
        case .image(let image):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("image_url", forKey: .type)
            try container.encode(image, forKey: .imageURL)
        case .other(let value):
            try value.encode(to: encoder)
        }
    }
}

/// The content of a message: a text, or parts.
package enum ChatContent: Hashable, Sendable, Codable {
    case text(String)
    case parts([ContentPart])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .parts(try container.decode([ContentPart].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .parts(let parts): try container.encode(parts)
        }
    }

    /// The text of the message; text parts are joined by line breaks.
    package var text: String {
        switch self {
        case .text(let text): text
        case .parts(let parts):
            parts.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
        }
    }

    package var images: [ImageURL] {
        guard case .parts(let parts) = self else { return [] }
        return parts.compactMap { if case .image(let image) = $0 { image } else { nil } }
    }
}

/// One message. `weight` (0 or 1) stands only in training data: 0 keeps an assistant's message out of the loss.
package struct ChatMessage: Hashable, Sendable, Codable {
    package var role: ChatRole
    package var content: ChatContent?
    package var weight: Int?

    package init(role: ChatRole, content: ChatContent?, weight: Int? = nil) {
        self.role = role
        self.content = content
        self.weight = weight
    }

    package static func system(_ text: String) -> ChatMessage { ChatMessage(role: .system, content: .text(text)) }
    package static func user(_ parts: [ContentPart]) -> ChatMessage { ChatMessage(role: .user, content: .parts(parts)) }
    package static func assistant(_ text: String) -> ChatMessage {
        ChatMessage(role: .assistant, content: .text(text))
    }
}
