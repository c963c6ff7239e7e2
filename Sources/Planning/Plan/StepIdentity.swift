// The properties that determine a step's result, flattened into named parts for the key and its explanation.

package import Artifacts
package import Basics
import Foundation

/// The properties of a step that determine its result, apart from its inputs' contents. Every stored property is part
/// of the key, because the parts are read from the encoded value.
package protocol StepIdentity: Codable, Hashable, Sendable {}

/// The properties of a step that do not determine its result.
package protocol StepSettings: Codable, Hashable, Sendable {}

/// The settings of a step that needs none.
package struct NoSettings: StepSettings {
    /// Creates the empty settings.
    package init() {}
}

/// The spec paths that an identity was read from; the longest matching prefix of a part name gives the path.
package struct SpecPlaces: Hashable, Sendable {
    private var paths: [String: String]

    /// - Parameter paths: spec paths by part name or prefix of part names; `""` matches all parts.
    package init(_ paths: [String: String] = [:]) { self.paths = paths }

    /// The spec path of a part: the path of the longest matching prefix, plus the rest of the name; `nil` when none
    /// matches.
    package func path(of part: String) -> String? {
        var prefix = part[...]
        while true {
            if let path = paths[String(prefix)] {
                let rest = part.dropFirst(prefix.count).drop { $0 == "." }
                return rest.isEmpty ? path : path.isEmpty ? String(rest) : path + "." + rest
            }
            guard let dot = prefix.lastIndex(of: ".") else { break }
            prefix = prefix[..<dot]
        }
        guard let root = paths[""] else { return nil }
        return root.isEmpty ? part : root + "." + part
    }
}

/// The named parts of an identity. Objects and arrays are flattened, so that a change is reported at its leaf.
package func keyParts(of identity: some StepIdentity) throws -> [KeyPart] {
    keyParts(ofMarked: try JSONValue(markingNamesOf: identity))
}

/// The named parts of an identity's encoded form, in which names chosen by the user are marked.
package func keyParts(ofMarked document: JSONValue) -> [KeyPart] {
    var parts: [KeyPart] = []
    func flatten(_ value: JSONValue, _ name: String) {
        switch value {
        case .object(let members) where !members.isEmpty:
            parts.reserveCapacity(parts.count + members.count)
            for (key, member) in members {
                // A name chosen by the user is kept unchanged: `runTest` and `run_test` are different files.
                if key.first == JSONValue.nameMark {
                    flatten(member, name.isEmpty ? String(key.dropFirst()) : name + "." + key.dropFirst())
                    continue
                }
                // Swift encodes the unlabelled value of an enum case as `_0`; `value` only marks its presence.
                let isPlain = key == "_0" || key == "value" && member["_0"] != nil
                let part = key.asSpecKey
                flatten(member, isPlain ? name : name.isEmpty ? part : name + "." + part)
            }
        case .array(let elements) where elements.contains(where: { $0.object != nil }):
            for (index, element) in elements.enumerated() { flatten(element, "\(name).\(index)") }
        default:
            parts.append(KeyPart(name: name, value: value.withoutMarks))
        }
    }
    flatten(document, "")
    return parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

extension JSONValue {
    /// The value with the marks removed from names chosen by the user.
    fileprivate var withoutMarks: JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map(\.withoutMarks))
        case .object(let members):
            let plain = members.map { name, value in
                (name.first == JSONValue.nameMark ? String(name.dropFirst()) : name, value.withoutMarks)
            }
            return .object(Dictionary(plain, uniquingKeysWith: { first, _ in first }))
        default: return self
        }
    }
}

extension String {
    /// The name in the spelling of specs and providers: `nEpochs` becomes `n_epochs`. Other strings are unchanged.
    fileprivate var asSpecKey: String {
        guard utf8.first.map({ $0 >= 97 && $0 <= 122 }) ?? false, utf8.contains(where: { $0 >= 65 && $0 <= 90 }),
            utf8.allSatisfy({ $0 >= 97 && $0 <= 122 || $0 >= 65 && $0 <= 90 || $0 >= 48 && $0 <= 57 })
        else { return self }
        return reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}
