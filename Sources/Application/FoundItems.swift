// Detects the items of a task other than classification for `init`: the task, its items and their images.

import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import TaskKit
import Tasks

/// A table of items that a spec can describe, listed as a run lists it.
package struct FoundItems {
    /// The path of the table.
    package let path: String
    /// The folder that the table's paths are relative to; `nil` for the table's own folder.
    package let root: String?
    /// The task's name in a spec.
    let task: String
    let starter: TaskStarter
    /// The output that a built-in network learns; `nil` if networks are not trained for the task, or not on these items.
    let learnedOutput: LearnedOutput?
    /// Every item, with its image.
    let items: [Planning.LabelledImage]

    /// Finds the task by the names of a table's columns.
    /// - Returns: `nil` for a table of labels, or without the columns of a task.
    /// - Throws: `DatasetFailure` or `DatasetError` if the table has the columns of a task, but unusable rows.
    static func find(table path: String, tasks: TaskRegistry = .standard) async throws -> FoundItems? {
        let data = try await TableFile.read(path)
        let kinds = tasks.kinds.filter { !$0.features.contains(.labelledFolders) }
        let names = LabelTable.commonNames + kinds.flatMap { $0.columns.flatMap(\.commonNames) }
        let records: RecordTable
        do { records = try RecordTable(parsing: data, names: names) } catch {
            if (try? RecordTable(coco: data)) != nil { throw annotations(path) }
            throw error
        }
        if ["images", "annotations", "categories"].allSatisfy({ records.column($0) != nil }) { throw annotations(path) }
        let table = try records.withQuestionsOfGroundTruth()
        let asksQuestions = table.hasColumn(TaskColumn.question(isRequired: true).commonNames)
        if table.hasColumn(LabelTable.labelNames), !asksQuestions { return nil }
        var failure: (any Error)?
        for kind in FoundItems.candidates(kinds, for: table) {
            do {
                let found = try FoundItems.listing(path, data, kind, tasks)
                let references = found.images.compactMap { $0.item?.reference }
                guard let starter = kind.starter(for: references, asksQuestions: asksQuestions) else { continue }
                let isOneImage = found.images.allSatisfy { $0.more == nil }
                return FoundItems(
                    path: path, root: found.root, task: kind.name, starter: starter,
                    learnedOutput: isOneImage && !asksQuestions ? kind.learnedOutput : nil, items: found.images)
            } catch {
                failure = failure ?? error
            }
        }
        // A table of questions is not one of labels, even if one of its columns has a label's name.
        if let failure { throw asksQuestions ? UnusableQuestions(error: failure) : failure }
        return nil
    }

    /// The refusal of COCO's annotations.
    private static func annotations(_ path: String) -> any Error {
        Refusal(
            """
            '\(path)' is a file of COCO annotations, for which 'init' writes no spec
            Name it in a spec with 'dataset: { coco: \(URL(fileURLWithPath: path).lastPathComponent), root: IMAGES }' and a task \
            such as 'task: detect' (docs/tasks.md).
            """, code: .invalid)
    }

    /// The reason why a table of questions cannot be used.
    struct UnusableQuestions: Error {
        let error: any Error
    }

    /// The tasks whose columns a table has: first those with a task's own column names, then those with another name that
    /// only one task uses, then those that read Donut's `ground_truth`.
    private static func candidates(
        _ kinds: [any TaskDefinition.Type], for table: RecordTable
    ) -> [any TaskDefinition.Type] {
        func needed(_ kind: any TaskDefinition.Type) -> [TaskColumn] { kind.columns.filter(\.isRequired) }
        let uses = kinds.flatMap { Set(needed($0).flatMap(\.commonNames)) }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let own = kinds.filter { needed($0).allSatisfy { table.hasColumn([$0.role]) } }
        let others = kinds.filter { kind in
            needed(kind).allSatisfy { table.hasColumn($0.commonNames) }
                && needed(kind).flatMap(\.commonNames).contains { uses[$0] == 1 && table.hasColumn([$0]) }
        }
        let isDonut =
            table.column("ground_truth").map { place in table.rows.allSatisfy { $0.fields[place].contains("gt_parse") } } ?? false
        let readers = isDonut ? kinds.filter { needed($0).allSatisfy { $0.commonNames.contains("ground_truth") } } : []
        var found: [any TaskDefinition.Type] = []
        for kind in own + others + readers where !found.contains(where: { $0.name == kind.name }) { found.append(kind) }
        return found
    }

    /// The items with their images below the table's folder, or below the first nearby folder that contains them all.
    private static func listing(
        _ path: String, _ data: Data, _ kind: any TaskDefinition.Type, _ tasks: TaskRegistry
    ) throws -> (root: String?, images: [Planning.LabelledImage]) {
        let rules = IndexDataset(
            source: .folder(Digest(of: "")), layout: .folderPerLabel, label: LabelSpec(), skipUnreadable: false, convert: nil,
            columns: nil, labels: nil, task: TaskChoice(kind.name), path: nil
        ).identity
        func listed(_ root: String?) throws -> [Planning.LabelledImage] {
            try DatasetListing.table(path, data, root: root, rules, tasks).images.map(\.image)
        }
        do { return (nil, try listed(nil)) } catch {
            guard let failure = error as? DatasetFailure, case .rows = failure.error else { throw error }
            for root in FoundDataset.roots(of: path, data) {
                if let images = try? listed(root) { return (root, images) }
            }
            throw error
        }
    }

    /// The number of groups, which a split does not divide.
    var groups: Int { Set(items.compactMap { $0.item.map { ExactText($0.group) } }).count }

    func count(of part: SplitPart) -> Int { items.count { $0.part == part } }

    /// The part that measures the models if the table states parts; otherwise `nil`.
    var measuredPart: SplitPart? { [.test, .validation].first { count(of: $0) > 0 } }

    /// `60 items of the task 'count'`, `1 item of the task 'count'`.
    package var summary: String { "\(items.count) \(items.count == 1 ? "item" : "items") of the task '\(task)'" }
}
