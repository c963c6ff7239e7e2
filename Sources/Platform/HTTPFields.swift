// The header fields of a request or a response.

/// Header fields in order; names are case-insensitive. Descriptions redact the fields that authenticate.
package struct HTTPFields: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One header field; a name can occur several times.
    package struct Field: Hashable, Sendable {
        /// The name as written; compare it without regard to case.
        package var name: String
        /// The value, which may be a secret.
        package var value: String

        /// Does not check the name or the value; the transport does that when it sends.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All fields in order; a name may occur more than once.
    package private(set) var fields: [Field]

    /// Keeps the order of the fields and repeated names.
    package init(_ fields: [Field] = []) { self.fields = fields }

    /// Keeps the order of the elements and repeated names.
    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a name; setting it replaces all fields of that name, and `nil` removes them.
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

    /// Adds a field after the others, even if the name already occurs.
    package mutating func append(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// Adds a folded line to the last field (RFC 9112, 5.2); does nothing without a field.
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

    /// One field per line, with the values of authenticating fields redacted.
    package var description: String {
        fields.map { field in
            let secret = HTTPFields.secretNames.contains(field.name.lowercased())
            return "\(field.name): \(secret ? "[redacted]" : field.value)"
        }.joined(separator: "\n")
    }
    /// The same as `description`, so that debug output contains no secrets.
    package var debugDescription: String { description }
    /// Contains only `description`, so that `dump` prints no secrets.
    package var customMirror: Mirror { Mirror(self, children: ["fields": description]) }
}
