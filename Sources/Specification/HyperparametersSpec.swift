// Hyperparameters of fine-tuning jobs, named as in the provider's API.

package import Basics

/// The hyperparameters that a spec sets, by the names of the provider's API. `auto` leaves the choice to the provider, as an
/// absent key does, and is not stored.
package struct HyperparametersSpec: Hashable, Sendable {
    /// The values by name.
    package private(set) var values: [String: JSONValue]

    /// Leaves every absent hyperparameter to the provider.
    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    /// A value by its name; `nil` for the provider's choice.
    package subscript(name: String) -> JSONValue? {
        get { values[name] }
        set { values[name] = newValue }
    }
}

extension HyperparametersSpec: Codable {
    /// Names and forms are part of cache keys and of the fingerprints of paid jobs: they must not change.
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        static let value = Name(stringValue: "value")
        static let plain = Name(stringValue: "_0")

        /// `n_epochs` as `nEpochs`; any other name unchanged.
        init(of name: String) {
            let words = name.split(separator: "_", omittingEmptySubsequences: false)
            let isSnake = words.allSatisfy {
                $0.utf8.first.map { $0 >= 97 && $0 <= 122 } ?? false && !$0.contains(where: \.isUppercase)
            }
            stringValue =
                isSnake ? words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() } : name
        }

        /// The name of a hyperparameter.
        var hyperparameter: String {
            guard stringValue.first?.isLowercase ?? false, !stringValue.contains("_") else { return stringValue }
            return stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
        }
    }

    /// Decodes what `encode` writes.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        values = [:]
        for key in container.allKeys {
            if let nested = try? container.nestedContainer(keyedBy: Name.self, forKey: key) {
                let value = try nested.nestedContainer(keyedBy: Name.self, forKey: .value)
                values[key.hyperparameter] = try value.decode(JSONValue.self, forKey: .plain)
            } else {
                values[key.hyperparameter] = try container.decode(JSONValue.self, forKey: key)
            }
        }
    }

    /// Writes numbers as `{"nEpochs": {"value": {"_0": 2}}}` and words as they are.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            if value.string != nil {
                try container.encode(value, forKey: Name(of: name))
                continue
            }
            var nested = container.nestedContainer(keyedBy: Name.self, forKey: Name(of: name))
            var plain = nested.nestedContainer(keyedBy: Name.self, forKey: .value)
            try plain.encode(value, forKey: .plain)
        }
    }
}
