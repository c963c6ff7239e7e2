// The task `tag`: the tags that apply to an image.

package import Basics
import Foundation
package import Statistics
package import TaskKit
import TaskMetrics

/// Sets of tags. References and predictions are sorted lists of texts.
package struct Tag: TaskDefinition {
    /// The name in a spec.
    package static let name = "tag"
    /// The description in the generated documentation.
    package static let summary = "The tags that apply to an image: none, one or several."
    /// `labels`, which restricts the tags.
    package static let options: [TaskOption] = [
        .texts("labels", "The tags to choose from. Default: all tags of the table.")
    ]
    /// The tags of the reference.
    package static let learnedOutput: LearnedOutput? = .tags
    /// The tags, as a JSON list or separated by semicolons; `none` for an image without tags.
    package static let columns = [TaskColumn("tags", "tags", alsoNamed: ["labels"])]

    /// Asks for all tags of the dataset that apply.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            system: "Name all of these tags that apply to the image, or none: {{ labels | json }}",
            answer: "{ json: tags, name: Tags }", maxTokens: 200)
    }

    let labels: [String]?

    /// No tags, which is correct for an image without any.
    package static let emptyPrediction: JSONValue? = []

    /// - Throws: `TaskOptionError` unless `labels` is a list of different texts.
    package init(options: TaskOptions) throws(TaskOptionError) { labels = try options.texts("labels") }

    /// The row's tags, sorted; an empty cell and `none` mean no tags.
    /// - Throws: `TaskRowError` for a tag that the options do not list, and for `none` together with a tag.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        guard let cell = row["tags"] else {
            throw TaskRowError("there are no tags; write an empty cell or [] for an image without tags")
        }
        let text = cell.trimmingCharacters(in: .whitespacesAndNewlines)
        let tags: [String]
        if text.isEmpty || text == "[]" {
            tags = []
        } else if text.hasPrefix("[") {
            tags = try row.texts("tags").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
        } else if text.hasPrefix("{"), labels?.contains(text) != true {
            throw TaskRowError("'\(text.prefix(60))' is not a list of tags: a;b or a JSON list is expected")
        } else {
            tags = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            // `cat, dog` would be one tag, which no answer names.
            if tags.count == 1, let only = tags.first, only.contains(","), labels?.contains(only) != true {
                throw TaskRowError(
                    "'\(only.prefix(60))' contains a comma, but tags are separated by ';'; write a JSON list if this is one tag")
            }
        }
        if let none = tags.first(where: Tag.isNone), !Tag.lists(labels ?? [], none) {
            guard Set(tags).count == 1 else {
                throw TaskRowError(
                    "'\(none)' means no tags and cannot be combined with another tag; remove it, or list it in 'labels'")
            }
            return .array([])
        }
        if let labels, let unknown = tags.first(where: { !labels.contains($0) }) {
            throw TaskRowError("'\(unknown)' is not one of the task's labels (\(labels.prefix(10).joined(separator: ", ")))")
        }
        return .array(Set(tags).sorted().map(JSONValue.string))
    }

    /// The labels of the options, else the tags of all references, sorted.
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] {
        if let labels { return labels }
        var found = Set<String>()
        for reference in references { found.formUnion(Tag.tags(reference)) }
        return found.sorted()
    }

    /// A list of texts; an enumeration up to 250 tags.
    package func schema(_ context: TaskContext) -> JSONValue {
        // Providers limit the size of enumerations; longer vocabularies are checked when replies are read.
        let isShort = (1...250).contains(context.vocabulary.count)
        let item: JSONValue =
            isShort
            ? ["type": "string", "enum": .array(context.vocabulary.map(JSONValue.string))] : ["type": "string"]
        return ["type": "array", "items": item]
    }

    /// The tags as a list, or as text separated by commas (`none` without tags) unless the request asks for JSON.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        let tags = Tag.tags(reference).sorted()
        guard context.form.property == nil else { return .array(tags.map(JSONValue.string)) }
        // If 'none' is a tag, an empty list is written as a list.
        let nothing = context.vocabulary.contains { $0.lowercased() == "none" } ? "[]" : "none"
        return .string(tags.isEmpty ? nothing : tags.joined(separator: ", "))
    }

    /// Whether a text denotes the absence of tags.
    private static func isNone(_ text: String) -> Bool {
        ["none", "no tags", "nothing", "[]"].contains(text.lowercased())
    }

    private static func lists(_ tags: [String], _ tag: String) -> Bool { tags.contains { $0.lowercased() == tag.lowercased() } }

    /// The tags of a reply; none for a single word such as `none`, unless the vocabulary contains it.
    private static func withoutNone(_ tags: Set<String>, _ context: TaskContext) -> Set<String> {
        guard tags.count == 1, let only = tags.first, isNone(only), !lists(context.vocabulary, only) else { return tags }
        return []
    }

    /// Parses a JSON list or separated text. Tags outside the vocabulary are kept and count as wrong.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        let reply = ReplyText(reply)
        func isList(_ value: JSONValue) -> Bool { value.array.map { $0.allSatisfy { $0.string != nil } } ?? false }
        if context.form.property != nil {
            let read = reply.json(context.form) { isList($0) || $0.string != nil }
            guard let value = read.value else { return read }
            if let text = value.string { return list(text, .unwrapped, context) }
            return Prediction(known(Tag.withoutNone(Tag.tags(value), context), context).0, read.reading)
        }
        let text = reply.unfenced.text
        let isJSON = text.hasPrefix("[") || text.hasPrefix("{")
        if isJSON || text.contains("[\"") || text.contains("['") {
            // Also a list within an object or a sentence.
            if let value = reply.json(context.form, where: isList).value {
                return Prediction(known(Tag.withoutNone(Tag.tags(value), context), context).0, .unwrapped)
            }
            guard !reply.endsInList else { return .unreadable("a list that is cut off") }
        }
        if text.hasPrefix("{") || (isJSON && text.contains("{")) {
            // The object's only member may be the list as a text. The characters of other JSON are no tags.
            let member = reply.json(context.form) { $0.string != nil }.value?.string
            return member.map { list($0, .unwrapped, context) } ?? .unreadable("JSON of another shape")
        }
        if text.hasPrefix("["), text.hasSuffix("]") { return list(String(text.dropFirst().dropLast()), .unwrapped, context) }
        return list(text, reply.unfenced.wasFenced ? .unwrapped : .clean, context)
    }

    /// Parses tags between commas, semicolons or line breaks; `none` means no tags.
    private func list(_ text: String, _ reading: Prediction.Reading, _ context: TaskContext) -> Prediction {
        let vocabulary = Set(context.vocabulary.map { $0.lowercased() })
        var found = Set<String>(), wereJoined = false
        for piece in Tag.pieces(text, vocabulary) {
            let bare = Tag.bare(piece, vocabulary)
            let parts = vocabulary.contains(bare.lowercased()) ? nil : Tag.parts(bare, vocabulary)
            if parts != nil { wereJoined = true }
            found.formUnion(parts ?? (bare.isEmpty ? [] : [bare]))
        }
        let pieces = Tag.withoutNone(found, context)
        let (value, unknown) = known(pieces, context)
        // Sentences are not tags: a refusal must not be read as a list with one unknown tag.
        if unknown == pieces.count, pieces.contains(where: { $0.count > 60 || $0.split(separator: " ").count > 5 }) {
            return .unreadable("not a list of tags")
        }
        return Prediction(value, wereJoined ? .unwrapped : reading)
    }

    /// Commas and semicolons, also those of Chinese and Japanese, and line breaks.
    private static func isSeparator(_ character: Character) -> Bool { ",;，、；".contains(character) || character.isNewline }

    /// The texts between separators. A tag that contains separators itself, such as `Rome, Italy`, is one text.
    /// - Parameter vocabulary: the tags in lower case.
    private static func pieces(_ text: String, _ vocabulary: Set<String>) -> [String] {
        let pieces = text.split(whereSeparator: isSeparator)
        let longest = vocabulary.map { $0.count(where: isSeparator) }.max() ?? 0
        guard longest > 0 else { return pieces.map(String.init) }
        var found: [String] = []
        var at = 0
        while at < pieces.count {
            let last = min(at + longest, pieces.count - 1)
            let end =
                (at...last).reversed().first { end in
                    let whole = text[pieces[at].startIndex..<pieces[end].endIndex]
                    return end > at && vocabulary.contains(bare(String(whole), vocabulary).lowercased())
                } ?? at
            found.append(String(text[pieces[at].startIndex..<pieces[end].endIndex]))
            at = end + 1
        }
        return found
    }

    /// The tags of a text such as `Tags: cat`, `cat and dog` or `and dog`; `nil` unless the vocabulary contains each of them.
    /// - Parameter vocabulary: the tags in lower case.
    private static func parts(_ text: String, _ vocabulary: Set<String>) -> [String]? {
        guard text.utf8.count <= 1000 else { return nil }
        let rest = text.replacing(#/^[^:]{1,40}:\s+/#, with: "").replacing(#/^(?i:and)\s+/#, with: "")
        let parts = rest.split(separator: #/\s+(?i:and)\s+|\s*[&|]\s*/#).map { bare(String($0), vocabulary) }
        if rest != text, parts.count == 1, isNone(parts[0]) { return parts }
        return !parts.isEmpty && parts.allSatisfy { vocabulary.contains($0.lowercased()) } ? parts : nil
    }

    /// The tags, in the vocabulary's spelling where it contains them, and the number of tags that it does not
    /// contain.
    private func known(_ tags: Set<String>, _ context: TaskContext) -> (JSONValue, unknown: Int) {
        let names = KnownNames(context.vocabulary)
        var unknown = 0
        var found = Set<String>()
        for tag in tags {
            let name = names.name(tag)
            if name == nil { unknown += 1 }
            found.insert(name ?? tag)
        }
        return (.array(found.sorted().map(JSONValue.string)), unknown)
    }

    /// A tag without a list's bullet or number, quotes and marks around it, unless they belong to a tag of the vocabulary,
    /// as in `U.S.` and `C*`.
    /// - Parameter vocabulary: the tags in lower case.
    private static func bare(_ piece: String, _ vocabulary: Set<String>) -> String {
        let marks = CharacterSet(charactersIn: "\"'`*•.“”„‘’«»").union(.whitespaces)
        let trimmed = piece.trimmingCharacters(in: .whitespaces)
        let item = trimmed.replacing(#/^(?:[-+*•]|[0-9]{1,3}[.)])\s+/#, with: "")
        let forms = [trimmed, item, item.trimmingCharacters(in: marks)]
        // Less is removed if that gives a tag.
        return forms.first { vocabulary.contains($0.lowercased()) }
            ?? forms[2].replacing(#/^[-+]\s+/#, with: "")
    }

    static func tags(_ value: JSONValue) -> Set<String> { Set(value.array?.compactMap(\.string) ?? []) }

    /// Hits, references and answers, in total and by tag, and the number of wrong cells.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let reference = Tag.tags(item.reference), answer = prediction.map(Tag.tags) ?? []
        let vocabulary = Set(context.vocabulary)
        let total = TagScores.counts(reference: reference, answer: answer)
        var score = ItemScore([
            "hits": Double(total.hits), "reference": Double(total.inReference), "answer": Double(total.inAnswer),
            "right": prediction != nil && reference == answer ? 1 : 0,
            "jaccard": prediction == nil ? 0 : TagScores.jaccard(reference: reference, answer: answer),
            "wrong_cells": Double(TagScores.wrongCells(reference: reference, answer: answer, vocabulary: vocabulary)),
            "cells": Double(vocabulary.count), "unknown": Double(answer.subtracting(vocabulary).count),
        ])
        for tag in reference.union(answer) where vocabulary.contains(tag) {
            if reference.contains(tag) { score.counts["reference." + tag] = 1 }
            if answer.contains(tag) { score.counts["answer." + tag] = 1 }
            if reference.contains(tag), answer.contains(tag) { score.counts["hits." + tag] = 1 }
        }
        return score
    }

    /// Metrics over all tags; the F1 of each tag is a detail row.
    package func metrics(_ context: TaskContext) -> MetricTable {
        // "cells" comes first so that images without tags are included in the sums.
        let names = ["cells"] + context.vocabulary.flatMap { ["hits." + $0, "reference." + $0, "answer." + $0] }
        return MetricTable(
            primary: .fieldF1("micro_f1", "micro F1"),
            [
                TaskMetric(
                    "macro_f1", "macro F1", .sums(of: names) { TagScores.macroF1(Array($0.dropFirst())) }, interval: .bootstrap,
                    test: .swap, range: 0...1,
                    drawn: { sums, whole in TagScores.macroF1(Array(sums.dropFirst()), of: Array(whole.dropFirst())) }),
                TaskMetric(
                    "subset_accuracy", "exact sets", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
                TaskMetric("jaccard", "Jaccard index", .mean(of: "jaccard"), interval: .bootstrap, test: .signFlip, range: 0...1),
                TaskMetric(
                    "hamming_loss", "Hamming loss", .ratio(of: "wrong_cells", over: "cells"), better: .down,
                    interval: .bootstrap, test: .swap, range: 0...1, note: "Rare tags hardly change it."),
                TaskMetric(
                    "unknown_tags", "unknown tags per image", .mean(of: "unknown"), unit: .plain, better: .down, interval: .none,
                    test: .none),
            ] + context.vocabulary.map { .fieldF1("tags.\($0).f1", "F1 of \($0)", suffix: "." + $0, isDetail: true) })
    }

    /// The tags, separated by commas.
    package func text(of value: JSONValue) -> String {
        let tags = Tag.tags(value).sorted()
        return tags.isEmpty ? "none" : tags.joined(separator: ", ")
    }
}

extension TaskMetric {
    /// F1, 2·hits / (references + answers), from the counts `hits`, `reference` and `answer` with a suffix.
    static func fieldF1(_ name: String, _ title: String, suffix: String = "", isDetail: Bool = false) -> TaskMetric {
        TaskMetric(
            name, title, .sums(of: ["hits", "reference", "answer"].map { $0 + suffix }) { TagScores.f1($0) },
            interval: .bootstrap, test: isDetail ? .none : .swap, range: 0...1, isDetail: isDetail)
    }

    static func fieldPrecision(_ name: String, _ title: String) -> TaskMetric {
        TaskMetric(name, title, .ratio(of: "hits", over: "answer"), interval: .bootstrap, test: .swap, range: 0...1)
    }

    static func fieldRecall(_ name: String, _ title: String) -> TaskMetric {
        TaskMetric(name, title, .ratio(of: "hits", over: "reference"), interval: .bootstrap, test: .swap, range: 0...1)
    }
}
