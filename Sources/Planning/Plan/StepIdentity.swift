// What decides a step's result, flattened into named parts: the key and its explanation are made from them.

package import Artifacts
package import Basics
import Foundation

/// Everything about a step that decides its result, apart from its inputs' contents. Every stored property takes
/// part: the parts are read off the encoded value, so that none can be forgotten.
package protocol StepIdentity: Codable, Hashable, Sendable {}

/// How a step goes about its work without deciding its result.
package protocol StepSettings: Codable, Hashable, Sendable {}

/// The settings of a step that needs none.
package struct NoSettings: StepSettings {
    package init() {}
}

/// The places in a spec from which an identity was read: the longest part name that fits gives the path.
package struct SpecPlaces: Hashable, Sendable {
    private var paths: [String: String]

    /// - Parameter paths: spec paths by part name or prefix of part names; `""` stands for all parts.
    package init(_ paths: [String: String] = [:]) { self.paths = paths }

    /// The spec path of a part: that of the longest prefix with the rest of the name appended.
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

/// The named parts of an identity: objects and arrays are taken apart, so that a change is told at its leaf.
package func keyParts(of identity: some StepIdentity) throws -> [KeyPart] {
    keyParts(ofMarked: try JSONValue(markingNamesOf: identity))
}

/// The named parts of an identity's encoded form, in which the names that a person chose are marked.
package func keyParts(ofMarked document: JSONValue) -> [KeyPart] {
    var parts: [KeyPart] = []
    func flatten(_ value: JSONValue, _ name: String) {
        switch value {
        case .object(let members) where !members.isEmpty:
            parts.reserveCapacity(parts.count + members.count)
            for (key, member) in members {
                // A name that a person chose stays as it is: `runTest` and `run_test` are two files.
                if key.first == JSONValue.nameMark {
                    flatten(member, name.isEmpty ? String(key.dropFirst()) : name + "." + key.dropFirst())
                    continue
                }
                // Swift names the unlabelled value of an enum's case `_0`, and `value` says only that one is given.
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
    /// The value with the names of maps as they were chosen.
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
    /// The name as specs and providers write it: `nEpochs` is `n_epochs`. What is no such name stays as it is.
    fileprivate var asSpecKey: String {
        guard utf8.first.map({ $0 >= 97 && $0 <= 122 }) ?? false, utf8.contains(where: { $0 >= 65 && $0 <= 90 }),
            utf8.allSatisfy({ $0 >= 97 && $0 <= 122 || $0 >= 65 && $0 <= 90 || $0 >= 48 && $0 <= 57 })
        else { return self }
        return reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}
