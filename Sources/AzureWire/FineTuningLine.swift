// The lines of a fine-tuning file: one form per method.

package import Basics

/// A supervised example: the loss is taken on the assistant messages of a conversation.
package struct SupervisedLine: Hashable, Sendable, Codable {
    /// Ends with the answer to learn.
    package var messages: [ChatMessage]

    /// - Parameter messages: must end with an assistant message.
    package init(messages: [ChatMessage]) { self.messages = messages }
}

/// A preference pair for DPO: one preferred and one rejected answer to the same input.
package struct PreferenceLine: Hashable, Sendable, Codable {
    /// The conversation that both answers reply to.
    package struct Input: Hashable, Sendable, Codable {
        /// Ends with a user message.
        package var messages: [ChatMessage]

        /// - Parameter messages: must end with a user message.
        package init(messages: [ChatMessage]) { self.messages = messages }
    }

    /// The shared prompt, nested in an `input` object on the wire.
    package var input: Input
    /// One assistant message: the better answer.
    package var preferredOutput: [ChatMessage]
    /// One assistant message: the worse answer.
    package var nonPreferredOutput: [ChatMessage]

    /// - Parameter input: ends with a user message; both outputs reply to it.
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

/// A reinforcement example: a prompt that ends with the user, and the members that the grader reads as `item.…`.
package struct ReinforcementLine: Hashable, Sendable, Codable {
    /// The prompt; the model generates its own answer.
    package var messages: [ChatMessage]
    /// Members other than `messages`, such as the reference answer.
    package var item: [String: JSONValue]

    /// - Parameter item: must not contain the key `messages`.
    package init(messages: [ChatMessage], item: [String: JSONValue]) {
        self.messages = messages
        self.item = item
    }

    /// Collects every member except `messages` in `item`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        messages = try container.decode([ChatMessage].self, forKey: AnyKey("messages"))
        item = [:]
        for key in container.allKeys where key.stringValue != "messages" {
            item[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
        }
    }

    /// Writes `messages` and the members of `item` into one object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(messages, forKey: AnyKey("messages"))
        for (name, value) in item { try container.encode(value, forKey: AnyKey(name)) }
    }
}
