// Digests of the examples of a split's part, by which the data of two runs is compared.

package import Basics
import Foundation

/// The examples of one part of a split as digests, so that a comparison needs neither the images nor the store. The
/// order of the examples does not matter.
package struct DataRecord: Hashable, Sendable, Codable {
    /// One example as a run read it.
    package struct Row: Sendable {
        /// Unique in the part.
        package var name: String
        /// The digests of its images' bytes, in order.
        package var images: [Digest]
        /// The label, or the reference of a task other than classification.
        package var reference: JSONValue
        /// The texts that prompts insert, such as a question.
        package var variables: [String: String]

        /// - Parameter variables: empty for an example without texts of its own.
        package init(name: String, images: [Digest], reference: JSONValue, variables: [String: String] = [:]) {
            self.name = name
            self.images = images
            self.reference = reference
            self.variables = variables
        }
    }

    /// Examples in all parts of the split.
    package var examples: Int
    /// The digest of all names.
    package var names: Digest
    /// The digest of all names with their images.
    package var images: Digest
    /// The digest of all names with their labels or references.
    package var references: Digest
    /// The digest of all names with their texts for prompts.
    package var variables: Digest

    /// - Parameter rows: in any order.
    package init(_ rows: [Row]) {
        let sorted = rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        func digest(_ value: (Row) -> JSONValue) -> Digest {
            var builder = DigestBuilder()
            for row in sorted {
                let line = JSONValue.array([.string(row.name), value(row)]).canonical + "\n"
                builder.update(Data(line.utf8))
            }
            return builder.finish()
        }
        examples = rows.count
        names = digest { _ in .null }
        images = digest { row in .array(row.images.map { .string($0.hex) }) }
        references = digest { row in row.reference }
        variables = digest { row in .object(row.variables.mapValues { .string($0) }) }
    }

    /// The differences between two records of the same part, as text; `nil` if they are equal.
    static func difference(_ old: DataRecord, _ new: DataRecord) -> String? {
        guard old.names == new.names else {
            return
                "other examples (\(Wording.grouped(old.examples)) → \(Wording.grouped(new.examples))); "
                + "whether those in both runs changed is unknown"
        }
        let changed = [
            (old.images != new.images, "images"), (old.references != new.references, "labels or references"),
            (old.variables != new.variables, "questions or other texts for prompts"),
        ].filter { $0.0 }.map { $0.1 }
        return changed.isEmpty ? nil : "the same examples with other " + changed.joined(separator: ", and other ")
    }
}
