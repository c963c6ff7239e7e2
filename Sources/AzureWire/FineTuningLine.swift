// The lines of a fine-tuning file, one form a method.

package import Basics

/// A supervised example: a conversation whose assistant messages are to be learned.
package struct SupervisedLine: Hashable, Sendable, Codable {
    package var messages: [ChatMessage]

    package init(messages: [ChatMessage]) { self.messages = messages }
}

/// A preference pair for dpo: to the same input one answer that is wanted and one that is not.
package struct PreferenceLine: Hashable, Sendable, Codable {
    package struct Input: Hashable, Sendable, Codable {
        package var messages: [ChatMessage]

        package init(messages: [ChatMessage]) { self.messages = messages }
    }

    package var input: Input
    package var preferredOutput: [ChatMessage]
    package var nonPreferredOutput: [ChatMessage]

    package init(input: [ChatMessage], preferredOutput: [ChatMessage], nonPreferredOutput: [ChatMessage]) {
        self.input = Input(messages: input)
        self.preferredOutput = preferredOutput
        self.nonPreferredOutput = nonPreferredOutput
    }

    enum CodingKeys: String, CodingKey {
        case input
        case preferredOutput = "preferred_output"
        case nonPreferredOutput = "non_preferred_output"
    }
}

/// A reinforcement example: a prompt that ends with the user, and beside it what the grader reads as `item.…`.
package struct ReinforcementLine: Hashable, Sendable, Codable {
    package var messages: [ChatMessage]
    package var item: [String: JSONValue]

    package init(messages: [ChatMessage], item: [String: JSONValue]) {
        self.messages = messages
        self.item = item
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        messages = try container.decode([ChatMessage].self, forKey: AnyKey("messages"))
        item = [:]
        for key in container.allKeys where key.stringValue != "messages" {
            item[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(messages, forKey: AnyKey("messages"))
        for (name, value) in item { try container.encode(value, forKey: AnyKey(name)) }
    }
}
