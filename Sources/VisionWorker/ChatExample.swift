// One line of a fine-tuning file: an image and the training target.

package import Basics
package import Foundation
package import VisionProtocol

/// A chat example: the user's image and the training target.
package struct ChatExample: Sendable, Equatable {
    /// The bytes of the image file.
    package let picture: Data
    /// The label to learn: the answer's text, or the only string of a JSON object. `nil` for reward objectives.
    package private(set) var label: String?
    /// The rejected label of a preference pair; `nil` for other objectives.
    package private(set) var rejected: String?
    /// For reward objectives, the labels that the prompt lists.
    package private(set) var choices: [String] = []
    /// The texts of all messages but the assistant's; empty for pairs.
    package private(set) var prompt: [String] = []
    /// The example's members besides the messages, for a grader.
    package private(set) var item: [String: JSONValue] = [:]

    /// The reason why a line cannot be used for training.
    package struct Unusable: Error, Hashable, Sendable {
        /// Completes "line N …", such as `shows no picture`.
        package let reason: String
        /// - Parameter reason: a phrase that follows the line's number.
        package init(reason: String) { self.reason = reason }
    }

    /// Parses one line in the form of an objective.
    ///
    /// - Throws: ``Unusable``.
    package init(line: Data, objective: FineTuneObjective = .supervised) throws(Unusable) {
        switch objective {
        case .supervised:
            let chat = try Self.decoded(Chat.self, line, "messages")
            guard let answer = chat.messages.last(where: { $0.role == "assistant" })?.text else {
                throw Unusable(reason: "has no assistant message")
            }
            guard let label = Self.label(in: answer) else { throw Unusable(reason: "its answer is empty") }
            picture = try Self.picture(in: chat.messages)
            prompt = chat.messages.filter { $0.role != "assistant" }.compactMap(\.text)
            self.label = label
        case .preference:
            let pair = try Self.decoded(Pair.self, line, "input and two outputs")
            guard let preferred = pair.preferred_output.last?.text.flatMap(Self.label),
                let other = pair.non_preferred_output.last?.text.flatMap(Self.label)
            else { throw Unusable(reason: "one of its answers is empty") }
            guard preferred != other else { throw Unusable(reason: "its two answers are the same") }
            picture = try Self.picture(in: pair.input.messages)
            label = preferred
            rejected = other
        case .reward:
            let chat = try Self.decoded(Chat.self, line, "messages")
            picture = try Self.picture(in: chat.messages)
            let texts = chat.messages.filter { $0.role != "assistant" }.compactMap(\.text)
            choices = texts.lazy.map(PromptLabels.labels).first { !$0.isEmpty } ?? []
            guard !choices.isEmpty else { throw Unusable(reason: "its prompt lists no labels in brackets") }
            item = (try? JSONValue(parsing: line))?.object?.filter { $0.key != "messages" } ?? [:]
        }
    }

    private static func decoded<Line: Decodable>(
        _ type: Line.Type, _ line: Data, _ members: String
    ) throws(Unusable) -> Line {
        do {
            return try JSONDecoder().decode(type, from: line)
        } catch {
            throw Unusable(reason: "is not a JSON object with \(members)")
        }
    }

    /// The question's only image. The question is the last user message with images; earlier ones are answered
    /// examples.
    private static func picture(in messages: [Message]) throws(Unusable) -> Data {
        let urls = messages.last { $0.role == "user" && !$0.pictures.isEmpty }?.pictures ?? []
        guard let url = urls.first else { throw Unusable(reason: "has no picture") }
        guard urls.count == 1 else { throw Unusable(reason: "has \(urls.count) pictures instead of one") }
        guard let picture = bytes(ofDataURL: url) else {
            throw Unusable(reason: "its picture is not a data URL in base64")
        }
        return picture
    }

    /// The label in an answer: `Chihuahua`, or `{"breed": "Chihuahua"}`.
    private static func label(in answer: String) -> String? {
        let text = answer.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("{"), let object = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)),
            object.count == 1, let label = object.values.first
        {
            return label
        }
        return text.isEmpty ? nil : text
    }

    /// The bytes of `data:<type>;base64,<text>`; `nil` for any other URL.
    package static func bytes(ofDataURL url: String) -> Data? {
        guard url.hasPrefix("data:"), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")),
            url[..<comma].hasSuffix(";base64")
        else { return nil }
        return Data(base64Encoded: Data(url.utf8[url.utf8.index(after: comma)...]))
    }

    private struct Chat: Decodable {
        let messages: [Message]
    }

    private struct Pair: Decodable {
        let input: Chat
        let preferred_output: [Message]
        let non_preferred_output: [Message]
    }

    private struct Message: Decodable {
        let role: String
        var text: String?
        var pictures: [String] = []

        enum Member: String, CodingKey { case role, content }

        init(from decoder: any Decoder) throws {
            let message = try decoder.container(keyedBy: Member.self)
            role = try message.decode(String.self, forKey: .role)
            if let text = try? message.decode(String.self, forKey: .content) {
                self.text = text
            } else if let parts = try message.decodeIfPresent([Part].self, forKey: .content) {
                let texts = parts.compactMap(\.text)
                text = texts.isEmpty ? nil : texts.joined()
                pictures = parts.compactMap { $0.image_url?.url }
            }
        }
    }

    private struct Part: Decodable {
        struct Picture: Decodable { let url: String }
        let text: String?
        let image_url: Picture?
    }
}
