// The names by which a program's answers refer to examples: paths, or the ids of items.

import Foundation
import Planning

/// The assignment of a program's answer rows to examples. Images of a classification are named by the path that the
/// program received; items of other tasks by their id, or by a path that only one item has.
struct AnswerNames {
    /// The names for people, by the names that rows use.
    private(set) var names: [String: String] = [:]
    /// The ids of items by the path that the program received; `nil` for classification.
    private(set) var ids: [String: [String]]?

    /// - Throws: `StoreError`.
    init(_ examples: [Example], _ images: ProgramImages) throws {
        let hasItems = examples.contains { $0.item != nil }
        if hasItems { ids = [:] }
        for example in examples {
            let path = try images.path(of: example)
            // An item may be in several predicted parts.
            let isNew = names.updateValue(example.name, forKey: hasItems ? example.name : path) == nil
            if hasItems, isNew { ids?[path, default: []].append(example.name) }
        }
    }

    /// The name that a row uses for an example.
    /// - Throws: `StoreError`.
    func key(_ example: Example, _ images: ProgramImages) throws -> String {
        ids == nil ? try images.path(of: example) : example.name
    }

    /// The name that a row refers to, from its id or its path.
    /// - Throws: `Unknown` with the reason.
    func name(id: String?, path: String?, in table: String) throws(Unknown) -> String {
        guard let ids else {
            guard let path else { throw Unknown(reason: "the column 'path' is needed") }
            guard names[path] != nil else {
                throw Unknown(reason: "'\(path)' is not a path of \(table); write each path as in that file")
            }
            return path
        }
        if let id {
            guard names[id] != nil else {
                throw Unknown(reason: "'\(id)' is not an id of \(table); write each id as in that file")
            }
            return id
        }
        guard let path else { throw Unknown(reason: "the column 'id' is needed") }
        let found = ids[path] ?? []
        guard let only = found.first, found.count == 1 else {
            throw Unknown(
                reason: found.isEmpty
                    ? "'\(path)' is not a path of \(table); write each path as in that file"
                    : "'\(path)' is the image of \(found.count) items; add the column 'id' of \(table)")
        }
        return only
    }

    /// A row whose name belongs to no example.
    struct Unknown: Error { var reason: String }
}
