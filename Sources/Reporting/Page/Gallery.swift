// The gallery of wrongly answered examples with their pictures.

import Foundation
import Statistics
import TaskKit

/// Examples that at least one model answered wrongly, most informative first.
struct Gallery: Sendable {
    struct Answer: Sendable {
        var model: String
        var text: String
        var mark: String
        var style: String
        /// Markup to show instead of the text; `nil` for none.
        var detail: String?
        /// Markup below the text, such as a table of fields; `nil` for none.
        var below: String?
        /// The colour of the model's boxes, from 0; `nil` if none are drawn.
        var colour: String?
    }

    struct Card: Sendable {
        var example: String
        var label: String
        var answers: [Answer]
        /// CSS classes that the filters match.
        var style: String
        /// The question about the pictures; `nil` if there is none.
        var question: String?
        /// A data URL, or the picture's address; `nil` if the picture is missing or the page is full.
        var picture: String?
        /// Whether the picture has an address and is loaded when it comes into view.
        var isLinked = false
        /// Data URLs of further pictures, in order: frames, pages.
        var further: [String] = []
        /// Markup drawn over the picture, which is then shown whole; `nil` for none.
        var overlay: String?
        var isStrip = false
    }

    struct Filter: Sendable {
        var id: String
        var text: String
        var count: Int
        var isChosen: Bool
    }

    /// The maximum number of cards, which limits the size of the page.
    static let maxCards = 600
    /// Number of cards shown initially; the style sheet depends on the same number.
    static let firstCards = 24

    var cards: [Card] = []
    var filters: [Filter] = []
    /// Number of mistakes without a card because there are too many.
    var omitted = 0

    /// - Parameter challenge: the two models that `gained` and `lost` compare.
    init(_ evaluation: Analysis.Evaluation, challenge: Analysis.Pair?, view: TaskView = .plain) {
        var order: [String] = [], answers: [String: [(model: String, answer: ScoredAnswer)]] = [:]
        for model in evaluation.models {
            for answer in model.result.answers where answer.counts {
                if answers[answer.example] == nil { order.append(answer.example) }
                answers[answer.example, default: []].append((model.name, answer))
            }
        }
        var ranked: [(rank: Int, card: Card)] = []
        for example in order {
            guard let all = answers[example], let label = all.first?.answer.label,
                all.contains(where: { $0.answer.verdict == false })
            else { continue }
            func isRight(_ model: String?) -> Bool? { all.first { $0.model == model }?.answer.verdict }
            var styles: [String] = [], rank = 3
            switch (isRight(challenge?.second), isRight(challenge?.first)) {
            case (true?, false?):
                styles.append("lost")
                rank = 0
            case (false?, true?):
                styles.append("gained")
                rank = 2
            default: break
            }
            if all.allSatisfy({ $0.answer.verdict == false }) {
                styles.append("allwrong")
                rank = min(rank, 1)
            }
            let item = all.first?.answer.item
            var card = Card(
                example: example, label: (view == .answers ? "Accepted: " : "") + label.cut(to: 400),
                answers: all.enumerated().map { Gallery.answer($1.model, $1.answer, view, number: $0) },
                style: styles.joined(separator: " "))
            card.question = item?.question?.cut(to: 400)
            if view == .boxes, let item, let expected = item.expected, let size = item.size, size.count == 2 {
                card.overlay = GalleryDetail.overlay(
                    reference: expected,
                    answers: all.enumerated().compactMap { place, answer in
                        answer.answer.item?.predicted.map { (number: place, value: $0) }
                    }, width: size[0], height: size[1])
                card.style += " whole"
            }
            ranked.append((rank, card))
        }
        let sorted = ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        cards = sorted.prefix(Gallery.maxCards).map(\.element.card)
        omitted = sorted.count - cards.count
        func count(_ style: Substring) -> Int { cards.count { $0.style.split(separator: " ").contains(style) } }
        let isLong = cards.count > Gallery.firstCards
        filters = isLong ? [Filter(id: "f-first", text: "the first", count: Gallery.firstCards, isChosen: true)] : []
        filters.append(Filter(id: "f-every", text: "all errors", count: cards.count, isChosen: !isLong))
        if let challenge {
            filters.append(
                Filter(
                    id: "f-gained", text: "\(challenge.first) right, \(challenge.second) wrong",
                    count: count("gained"), isChosen: false))
            filters.append(
                Filter(
                    id: "f-lost", text: "\(challenge.second) right, \(challenge.first) wrong",
                    count: count("lost"), isChosen: false))
        }
        filters.append(Filter(id: "f-all", text: "all models wrong", count: count("allwrong"), isChosen: false))
        filters = filters.filter { $0.isChosen || $0.count > 0 }
    }

    private static func answer(_ model: String, _ answer: ScoredAnswer, _ view: TaskView, number: Int) -> Answer {
        let text =
            switch answer.outcome {
            case .correct: "right"
            case .wrong, .answered: (answer.matched ?? answer.answer ?? "").cut(to: 400)
            case .unmatched:
                "“\((answer.answer ?? "").cut(to: 60))”, \(answer.item == nil ? "no label" : answer.item?.problem ?? "unreadable")"
            case .unanswered: "no answer"
            case .missing: "missing"
            }
        let isJudged = answer.outcome != .answered
        var shown = Answer(
            model: model, text: text, mark: isJudged ? (answer.isCorrect ? "✓" : "✗") : "",
            style: isJudged ? (answer.isCorrect ? "reproduced" : "not") : "")
        guard answer.outcome == .wrong || !isJudged else { return shown }
        switch view {
        case .plain, .answers: break
        case .characters: shown.detail = GalleryDetail.differences(reference: answer.label, answer: answer.matched ?? "")
        case .fields:
            guard let expected = answer.item?.expected, let predicted = answer.item?.predicted else { break }
            let table = GalleryDetail.fields(reference: expected, answer: predicted)
            if !table.isEmpty {
                shown.below = table
                shown.text = ""
            }
        case .boxes: shown.colour = String(number % 6)
        }
        return shown
    }

    /// Embeds pictures in the order of the cards until the space is used up.
    /// - Parameters:
    ///   - room: maximum total length of the data URLs, in characters.
    ///   - picture: the bytes of an example's picture: JPEG, PNG, WebP or GIF.
    mutating func addPictures(room: Int, picture: (String) -> Data?) {
        var left = room
        for at in cards.indices {
            guard left > 400, let bytes = picture(cards[at].example), let type = Gallery.mediaType(bytes)
            else { continue }
            let length = (bytes.count + 2) / 3 * 4 + 32
            guard length <= left else { continue }
            cards[at].picture = "data:\(type);base64,\(bytes.base64EncodedString())"
            left -= length
            // Further pictures follow under the name with a number; the strip of an item is whole or absent.
            var further: [String] = []
            while further.count < Gallery.maxAdditional, let bytes = picture(Gallery.name(cards[at].example, further.count + 2)),
                let type = Gallery.mediaType(bytes)
            {
                further.append("data:\(type);base64,\(bytes.base64EncodedString())")
            }
            let needed = further.reduce(0) { $0 + $1.utf8.count }
            guard needed <= left else { continue }
            cards[at].further = further
            cards[at].isStrip = !further.isEmpty
            left -= needed
        }
    }

    /// Links pictures by their addresses.
    mutating func linkPictures(_ address: (String) -> String?) {
        for at in cards.indices {
            cards[at].picture = address(cards[at].example)
            cards[at].isLinked = cards[at].picture != nil
        }
    }

    /// The maximum number of pictures of an item after its first one.
    private static let maxAdditional = 15

    /// The name of an example's picture with this number, counted from 1.
    static func name(_ example: String, _ number: Int) -> String { number == 1 ? example : "\(example)\u{0}\(number)" }

    /// The media type detected from the first bytes; `nil` for formats that browsers do not display.
    static func mediaType(_ bytes: Data) -> String? {
        let head = Array(bytes.prefix(12))
        if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
        if head.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).elementsEqual(Array("WEBP".utf8)) {
            return "image/webp"
        }
        return nil
    }
}
