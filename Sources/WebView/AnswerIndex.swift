// The answers of a run by example, and their search.

import Basics
import Foundation
import Glibc
import Reporting
import Statistics
import Synchronization

/// The answers of a run, indexed for the gallery.
struct GalleryQuery: Hashable, Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        case any = ""
        case wrong, right, disagree, unmatched, unanswered, missing

        var title: String {
            switch self {
            case .any: "any outcome"
            case .wrong: "wrong"
            case .right: "right"
            case .disagree: "models disagree"
            case .unmatched: "no label, or unreadable"
            case .unanswered: "unanswered"
            case .missing: "missing"
            }
        }
    }

    /// The index of the variant's evaluation.
    var part = 0
    /// In lower case.
    var search = ""
    var label: String?
    /// The model that the outcome concerns; `nil` for at least one of them. The models that disagree are this one and any
    /// other.
    var model: String?
    var outcome = Outcome.any

    init() {}

    init(_ fields: FormFields) {
        part = fields.number("part") ?? 0
        search = (fields.text("q") ?? "").lowercased()
        label = fields.text("label")
        model = fields.text("model")
        outcome = fields["outcome"].flatMap(Outcome.init) ?? .any
    }
}

/// The answers of a run, by evaluation and example. Built once per run; searching 100,000 answers takes milliseconds.
final class AnswerIndex: Sendable {
    /// One example with the answers of all models of an evaluation.
    struct Item: Sendable {
        /// The example's number in `examples`.
        var number: Int
        var label: String
        var question: String?
        /// The path of the image within the dataset, or the example's name.
        var file: String
        /// The answers by model; `nil` for a model without a request.
        var answers: [ScoredAnswer?]
    }

    /// One evaluation of one variant.
    struct Part: Sendable {
        var variant: VariantName
        var evaluation: String
        var models: [String]
        /// Distinct references, sorted; empty if nearly every example has its own.
        var labels: [String]
        var items: [Item]

        /// The outcomes to filter by: not right and wrong where the task judges no single answer.
        var outcomes: [GalleryQuery.Outcome] {
            let isJudged = !items.contains { $0.answers.contains { $0?.outcome == .answered } }
            return GalleryQuery.Outcome.allCases.filter { isJudged || ($0 != .right && $0 != .wrong) }
        }
    }

    let parts: [Part]
    /// The examples, by number.
    let examples: [String]
    /// The paths of their pictures.
    let pictures: [String?]
    private let numbers: [String: Int]
    private let state = Mutex(State())

    private struct State {
        /// The searchable text of each item of a part, made with the first search.
        var texts: [Int: [[UInt8]]] = [:]
        var matches: [(query: GalleryQuery, items: [Int])] = []
    }

    private static let maxLabels = 2_000
    /// The number of queries whose matches are kept.
    private static let maxQueries = 16

    init(_ results: ExperimentResults) {
        var parts: [Part] = [], examples: [String] = [], numbers: [String: Int] = [:]
        for variant in results.variants {
            for evaluation in variant.evaluations where !evaluation.models.isEmpty {
                var items: [Item] = [], places: [String: Int] = [:]
                for (at, model) in evaluation.models.enumerated() {
                    for answer in model.answers {
                        if let place = places[answer.example] {
                            items[place].answers[at] = answer
                            continue
                        }
                        places[answer.example] = items.count
                        let number = numbers[answer.example] ?? examples.count
                        if number == examples.count {
                            numbers[answer.example] = number
                            examples.append(answer.example)
                        }
                        var answers = [ScoredAnswer?](repeating: nil, count: evaluation.models.count)
                        answers[at] = answer
                        items.append(
                            Item(
                                number: number, label: answer.label, question: answer.item?.question,
                                file: answer.item?.image ?? answer.example, answers: answers))
                    }
                }
                let labels = Set(items.map(\.label))
                let isVocabulary = labels.count <= AnswerIndex.maxLabels && labels.count * 2 <= max(4, items.count)
                parts.append(
                    Part(
                        variant: variant.name, evaluation: evaluation.name, models: evaluation.models.map(\.model),
                        labels: isVocabulary ? labels.sorted() : [], items: items))
            }
        }
        self.parts = parts
        self.examples = examples
        self.numbers = numbers
        pictures = examples.map { results.pictures[$0] }
    }

    /// The number of an example; `nil` if no model has an answer for it.
    func number(of example: String) -> Int? { numbers[example] }

    /// The items of a part that a query matches, by their index, in the order of the split.
    func items(matching query: GalleryQuery) -> [Int] {
        guard parts.indices.contains(query.part) else { return [] }
        if let known = state.withLock({ $0.matches.first { $0.query == query }?.items }) { return known }
        let part = parts[query.part]
        let texts = query.search.isEmpty ? nil : self.texts(of: query.part)
        let wanted = Array(query.search.utf8)
        let model = query.model.flatMap { part.models.firstIndex(of: $0) }
        guard query.model == nil || model != nil else { return [] }
        let found = part.items.indices.filter { at in
            let item = part.items[at]
            if let label = query.label, item.label != label { return false }
            guard AnswerIndex.matches(item, query.outcome, model) else { return false }
            return texts.map { AnswerIndex.contains($0[at], wanted) } ?? true
        }
        state.withLock { state in
            state.matches.append((query, found))
            if state.matches.count > AnswerIndex.maxQueries { state.matches.removeFirst() }
        }
        return found
    }

    private func texts(of part: Int) -> [[UInt8]] {
        if let known = state.withLock({ $0.texts[part] }) { return known }
        let texts = parts[part].items.map { item in
            let words =
                [item.file, examples[item.number], item.label, item.question ?? ""] + item.answers.map { $0?.answer ?? "" }
            return Array(words.joined(separator: "\n").lowercased().utf8)
        }
        state.withLock { $0.texts[part] = texts }
        return texts
    }

    private static func contains(_ text: [UInt8], _ wanted: [UInt8]) -> Bool {
        text.withUnsafeBytes { text in
            wanted.withUnsafeBytes { wanted in
                guard var start = text.baseAddress, let pattern = wanted.baseAddress, let first = wanted.first else {
                    return wanted.isEmpty
                }
                var left = text.count
                while left >= wanted.count, let found = memchr(start, Int32(first), left - wanted.count + 1) {
                    if memcmp(found, pattern, wanted.count) == 0 { return true }
                    let next = UnsafeRawPointer(found) + 1
                    left -= next - start
                    start = next
                }
                return false
            }
        }
    }

    private static func matches(_ item: Item, _ outcome: GalleryQuery.Outcome, _ model: Int?) -> Bool {
        if outcome == .disagree {
            let answers = item.answers.compactMap { $0 }.filter(\.counts)
            func differ(_ a: ScoredAnswer, _ b: ScoredAnswer) -> Bool {
                a.verdict != b.verdict || (a.matched ?? a.answer) != (b.matched ?? b.answer)
            }
            // Of a chosen model: another one disagrees with it.
            let chosen: ScoredAnswer?
            if let model { chosen = item.answers[model] } else { chosen = answers.first }
            guard let one = chosen, one.counts else { return false }
            return answers.contains { differ($0, one) }
        }
        func isMatch(_ answer: ScoredAnswer?) -> Bool {
            guard let answer else { return false }
            return switch outcome {
            case .any, .disagree: true
            case .wrong: answer.verdict == false
            case .right: answer.isCorrect
            case .unmatched: answer.outcome == .unmatched
            case .unanswered: answer.outcome == .unanswered
            case .missing: answer.outcome == .missing
            }
        }
        if let model { return isMatch(item.answers[model]) }
        return item.answers.contains(where: isMatch)
    }
}
