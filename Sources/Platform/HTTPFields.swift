// The header fields of a request or an answer.

/// Fields in order; names compare without regard to case. Descriptions leave out what authenticates.
package struct HTTPFields: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field]

    package init(_ fields: [Field] = []) { self.fields = fields }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a name; setting replaces all of them.
    package subscript(name: String) -> String? {
        get {
            let lowered = name.lowercased()
            return fields.first { $0.name.lowercased() == lowered }?.value
        }
        set {
            let lowered = name.lowercased()
            fields.removeAll { $0.name.lowercased() == lowered }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    package mutating func append(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// Adds a folded line to the last field (RFC 9112, 5.2); nothing where there is none.
    mutating func continueLast(_ text: String) {
        guard let last = fields.indices.last else { return }
        fields[last].value += (fields[last].value.isEmpty ? "" : " ") + text
    }
}

extension HTTPFields: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private static let secretNames: Set<String> = [
        "api-key", "authorization", "cookie", "set-cookie", "proxy-authorization", "x-identity-header",
        "x-ms-authorization-auxiliary", "ocp-apim-subscription-key",
    ]

    package var description: String {
        fields.map { field in
            let secret = HTTPFields.secretNames.contains(field.name.lowercased())
            return "\(field.name): \(secret ? "[redacted]" : field.value)"
        }.joined(separator: "\n")
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["fields": description]) }
}
