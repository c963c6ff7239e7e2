// The messages of a chat, with text and image parts.

package import Basics

/// The author of a message.
package struct ChatRole: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Instructions for the whole conversation.
    package static let system: ChatRole = "system"
    /// Replaces `system` for reasoning models.
    package static let developer: ChatRole = "developer"
    /// The question, and in examples the question to learn from.
    package static let user: ChatRole = "user"
    /// The model's answer.
    package static let assistant: ChatRole = "assistant"
    /// The result of a tool call.
    package static let tool: ChatRole = "tool"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [ChatRole] = [system, developer, user, assistant, tool]
}

/// The resolution at which the model sees an image; it also determines the image's price.
package struct ImageDetail: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The service chooses by the size of the image.
    package static let auto: ImageDetail = "auto"
    /// A small version at a fixed, low token count.
    package static let low: ImageDetail = "low"
    /// Full resolution in tiles, at a token count that grows with the image.
    package static let high: ImageDetail = "high"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [ImageDetail] = [auto, low, high]
}

/// An image by its URL, which may be a `data:` URL with base64 content.
package struct ImageURL: Hashable, Sendable, Codable {
    /// `https:` or `data:`; not validated.
    package var url: String
    /// `nil` means `auto`.
    package var detail: ImageDetail?

    /// - Parameter detail: `nil` leaves the choice to the service.
    package init(url: String, detail: ImageDetail? = nil) {
        self.url = url
        self.detail = detail
    }
}

/// One part of a message's content.
package enum ContentPart: Hashable, Sendable, Codable {
    /// Plain text.
    case text(String)
    /// An image, inline or by URL.
    case image(ImageURL)
    /// A part of an unknown type, kept unchanged.
    case other(JSONValue)

    enum CodingKeys: String, CodingKey {
        case type, text
        case imageURL = "image_url"
    }

    /// Keeps parts of unknown types as `.other`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .type) {
        case "text": self = .text(try container.decode(String.self, forKey: .text))
        case "image_url": self = .image(try container.decode(ImageURL.self, forKey: .imageURL))
        default: self = .other(try JSONValue(from: decoder))
        }
    }

    /// Encodes the part with its `type`; `.other` is written back unchanged.
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

/// The content of a message: a string or a list of parts.
package enum ChatContent: Hashable, Sendable, Codable {
    /// Plain text.
    case text(String)
    /// Text and images in order.
    case parts([ContentPart])

    /// Reads a string or a list of parts.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .parts(try container.decode([ContentPart].self))
        }
    }

    /// Encodes a string or a list, in the form that was decoded.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .parts(let parts): try container.encode(parts)
        }
    }

    /// The text of the message; text parts are joined with line breaks.
    package var text: String {
        switch self {
        case .text(let text): text
        case .parts(let parts):
            parts.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
        }
    }

    /// The images in order; empty for plain text.
    package var images: [ImageURL] {
        guard case .parts(let parts) = self else { return [] }
        return parts.compactMap { if case .image(let image) = $0 { image } else { nil } }
    }
}

/// One message of a request or of training data.
package struct ChatMessage: Hashable, Sendable, Codable {
    /// The author.
    package var role: ChatRole
    /// `nil` in an assistant message without text.
    package var content: ChatContent?
    /// Training data only: 0 excludes an assistant message from the loss, 1 includes it.
    package var weight: Int?

    /// - Parameter weight: for training data only, 0 or 1.
    package init(role: ChatRole, content: ChatContent?, weight: Int? = nil) {
        self.role = role
        self.content = content
        self.weight = weight
    }

    /// A message with instructions for the whole conversation.
    package static func system(_ text: String) -> ChatMessage { ChatMessage(role: .system, content: .text(text)) }
    /// A user message of text and images.
    package static func user(_ parts: [ContentPart]) -> ChatMessage { ChatMessage(role: .user, content: .parts(parts)) }
    /// An answer of the model, in examples and training data.
    package static func assistant(_ text: String) -> ChatMessage {
        ChatMessage(role: .assistant, content: .text(text))
    }
}
