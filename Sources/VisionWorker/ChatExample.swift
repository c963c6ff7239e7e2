// One line of a fine-tuning file: a picture and the answer that it should get.

package import Foundation

/// A supervised example as chat messages: the picture that the user shows and what the assistant answers.
package struct ChatExample: Sendable, Equatable {
    /// The bytes of the picture's file.
    package let picture: Data
    /// The label that is answered: the text itself, or the one string of a JSON object.
    package let label: String

    /// Why a line is no example to train on.
    package struct Unusable: Error, Hashable, Sendable {
        package let reason: String
        package init(reason: String) { self.reason = reason }
    }

    /// Reads one line.
    ///
    /// - Throws: ``Unusable``.
    package init(line: Data) throws(Unusable) {
        let chat: Chat
        do {
            chat = try JSONDecoder().decode(Chat.self, from: line)
        } catch {
            throw Unusable(reason: "is not a JSON object with messages")
        }
        guard let answer = chat.messages.last(where: { $0.role == "assistant" })?.text else {
            throw Unusable(reason: "has no answer of the assistant")
        }
        guard let label = Self.label(in: answer) else { throw Unusable(reason: "its answer is empty") }
        let urls = chat.messages.filter { $0.role == "user" }.flatMap(\.pictures)
        guard let url = urls.first else { throw Unusable(reason: "shows no picture") }
        guard urls.count == 1 else { throw Unusable(reason: "shows \(urls.count) pictures, not one") }
        guard let picture = Self.bytes(ofDataURL: url) else {
            throw Unusable(reason: "its picture is not a data URL in base64")
        }
        self.label = label
        self.picture = picture
    }

    /// The label in an answer: `Chihuahua`, or `{"breed": "Chihuahua"}`.
    private static func label(in answer: String) -> String? {
        let text = answer.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("{"), let object = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)),
            object.count == 1, let label = object.values.first {
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
