// How many tokens some requests will take, estimated from what is sent or known from what was measured.

import Basics
package import Specification

/// Requests and the tokens of all of them together.
package struct RequestLoad: Hashable, Sendable, Codable {
    package var requests: Int
    /// What the model reads.
    package var input: TokenRange
    /// What it writes.
    package var output: TokenRange

    package init(requests: Int, input: TokenRange, output: TokenRange) {
        self.requests = requests
        self.input = input
        self.output = output
    }

    /// The same with more requests of the same kind.
    package func adding(requests more: Int) -> RequestLoad {
        guard more > 0, requests > 0 else { return self }
        func scaled(_ range: TokenRange) -> TokenRange {
            let each = Double(requests + more) / Double(requests)
            func times(_ tokens: Int) -> Int { Int((Double(tokens) * each).rounded(.up)) }
            return TokenRange(low: times(range.low), expected: times(range.expected), high: times(range.high))
        }
        return RequestLoad(requests: requests + more, input: scaled(input), output: scaled(output))
    }

    /// Requests of which each takes as many tokens as others took that were alike.
    package init(requests: Int, likeMeasured measured: MeasuredTokens) {
        func scaled(_ total: Int) -> TokenRange {
            TokenRange(Int(saturating: (Double(total) / Double(max(measured.requests, 1)) * Double(requests)).rounded()))
        }
        self.init(requests: requests, input: scaled(measured.input), output: scaled(measured.output))
    }
}

/// Tokens that the provider counted, of all requests together.
package struct MeasuredTokens: Hashable, Sendable, Codable {
    package var requests: Int
    package var input: Int
    package var output: Int

    package init(requests: Int, input: Int, output: Int) {
        self.requests = requests
        self.input = input
        self.output = output
    }
}

/// Tokens of a text by its length: four bytes of UTF-8 a token, between three and five. English prose is
/// near 4.5, lists of names near 3.9 (the published prompt: 1,905 bytes, 494 tokens), many other scripts
/// near 3.
package func estimatedTokens(ofTextWithBytes bytes: Int) -> TokenRange {
    func divided(_ by: Int) -> Int { (bytes + by - 1) / by }
    return TokenRange(low: divided(5), expected: divided(4), high: divided(3))
}

extension RequestLoad {
    /// The width and height of each image in pixels, or only how many there are.
    package enum Images: Hashable, Sendable {
        case unseen(count: Int)
        case seen([Example])

        package var count: Int {
            switch self {
            case .unseen(let count): count
            case .seen(let examples): examples.count
            }
        }
    }

    /// Tokens around each message: its role and separators (the published counting rule of the gpt-4
    /// families: three a message and three before the answer).
    private static let perMessage = 3

    /// Estimates the tokens of asking a request about each image.
    /// - Parameters:
    ///   - labels: every label.
    ///   - rule: the model's image rule; without one the gpt-4o family's.
    package init(
        asking request: AskedRequest, labels: [String], about images: Images, rule: ImageTokenRule?
    ) {
        let prompt = request.prompt
        let rule = rule ?? .gpt4o
        let text = { (text: String) in
            estimatedTokens(ofTextWithBytes: PromptSpec.rendered(text, labels: labels).utf8.count)
        }
        let answer = request.task == nil ? RequestLoad.answer(request, labels: labels) : RequestLoad.answer(request, images)
        let unseen = rule.tokens(detail: request.detail, size: nil)

        var user = TokenRange(RequestLoad.perMessage)
        var imagesPerRequest = 0
        for part in prompt.user {
            switch part {
            case .image: imagesPerRequest += 1
            case .text(let part): user += text(part)
            }
        }
        var each = user + TokenRange(RequestLoad.perMessage)
        if let system = prompt.system { each += text(system) + TokenRange(RequestLoad.perMessage) }
        if let examples = prompt.examples {
            let shots = examples.perLabel.saturatingMultiplied(by: (examples.labels ?? labels).count)
            each += (user + unseen * imagesPerRequest + answer + TokenRange(RequestLoad.perMessage)) * shots
        }
        if case .json(let property, let name) = request.answer {
            // The schema may or may not be counted; the published batch's was not.
            each.high += 30 + (2 * property.utf8.count + name.utf8.count) / 3
        }

        var input = each * images.count
        switch images {
        case .unseen(let count): input += unseen * imagesPerRequest * count
        case .seen(let examples):
            for example in examples {
                input += rule.tokens(detail: request.detail, size: (example.width, example.height)) * imagesPerRequest
                if let variables = example.item?.variables {
                    input += estimatedTokens(ofTextWithBytes: variables.values.reduce(0) { $0 + $1.utf8.count })
                }
            }
        }
        var output = answer
        if let most = request.maxCompletionTokens ?? request.maxTokens {
            output = TokenRange(
                low: min(output.low, most), expected: min(output.expected, most), high: most)
        }
        self.init(requests: images.count, input: input, output: output * images.count)
    }

    /// Estimates the tokens of training examples: what is asked and the answer that is taught. One pass
    /// over the data; nothing is written, so `output` is empty.
    package init(
        teaching request: AskedRequest, labels: [String], about images: Images, rule: ImageTokenRule?
    ) {
        var load = RequestLoad(asking: request, labels: labels, about: images, rule: rule)
        // Answers are as long as labels are; nothing is left to the model.
        load.input += (request.task == nil ? RequestLoad.taught(request, labels: labels) : RequestLoad.answer(request, images))
            * images.count
        load.output = .zero
        self = load
    }

    /// An answer of a task is about as long as the references are; up to four times as long, or a hundred tokens, when the
    /// model explains itself or the references are unseen.
    private static func answer(_ request: AskedRequest, _ images: Images) -> TokenRange {
        guard case .seen(let examples) = images, !examples.isEmpty else { return TokenRange(low: 1, expected: 50, high: 500) }
        let bytes = examples.reduce(0) { sum, example in
            sum + (example.item?.reference.string?.utf8.count ?? example.item?.reference.canonicalBytes.count ?? 0)
        }
        var tokens = estimatedTokens(ofTextWithBytes: (bytes + examples.count - 1) / examples.count) + TokenRange(4)
        tokens.low = 1
        tokens.high = max(100, 4 * tokens.high)
        return tokens
    }

    private static func taught(_ request: AskedRequest, labels: [String]) -> TokenRange {
        let bytes = labels.reduce(0) { $0 + $1.utf8.count }
        let mean = labels.isEmpty ? 0 : (bytes + labels.count - 1) / labels.count
        var tokens = estimatedTokens(ofTextWithBytes: mean) + TokenRange(1)
        if case .json(let property, _) = request.answer {
            tokens += estimatedTokens(ofTextWithBytes: property.utf8.count) + TokenRange(4)
        }
        return tokens
    }

    /// An answer is about as long as a label; at most several times as long when the model explains itself.
    private static func answer(_ request: AskedRequest, labels: [String]) -> TokenRange {
        var tokens = taught(request, labels: labels)
        tokens.low = 1
        tokens.high *= 4
        return tokens
    }
}

extension AskedRequest {
    /// The question of a training example.
    package init(teaching work: WriteTrainingData.Identity) {
        self.init(RequestSpec(prompt: "", detail: work.detail, answer: work.answer), prompt: work.prompt, task: work.task)
    }
}
