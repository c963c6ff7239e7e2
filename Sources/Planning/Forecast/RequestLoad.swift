// The number of tokens of some requests, estimated from their content or derived from measured requests.

import Basics
package import Specification

/// A number of requests and their total tokens.
package struct RequestLoad: Hashable, Sendable, Codable {
    /// The number of requests, or of training examples.
    package var requests: Int
    /// The tokens that the model reads, over all requests.
    package var input: TokenRange
    /// The tokens that the model writes, over all requests.
    package var output: TokenRange

    /// Creates a load; both ranges are totals over all requests.
    package init(requests: Int, input: TokenRange, output: TokenRange) {
        self.requests = requests
        self.input = input
        self.output = output
    }

    /// The load with additional requests of the same average size.
    package func adding(requests more: Int) -> RequestLoad {
        guard more > 0, requests > 0 else { return self }
        func scaled(_ range: TokenRange) -> TokenRange {
            let each = Double(requests + more) / Double(requests)
            func times(_ tokens: Int) -> Int { Int((Double(tokens) * each).rounded(.up)) }
            return TokenRange(low: times(range.low), expected: times(range.expected), high: times(range.high))
        }
        return RequestLoad(requests: requests + more, input: scaled(input), output: scaled(output))
    }

    /// The load of requests that need as many tokens each as similar requests that were measured.
    package init(requests: Int, likeMeasured measured: MeasuredTokens) {
        func scaled(_ total: Int) -> TokenRange {
            TokenRange(Int(saturating: (Double(total) / Double(max(measured.requests, 1)) * Double(requests)).rounded()))
        }
        self.init(requests: requests, input: scaled(measured.input), output: scaled(measured.output))
    }
}

/// The tokens that the provider counted, over all requests.
package struct MeasuredTokens: Hashable, Sendable, Codable {
    /// The number of requests that were counted.
    package var requests: Int
    /// The tokens that the model read.
    package var input: Int
    /// The tokens that the model wrote.
    package var output: Int

    /// Creates a measurement; tokens are totals over all requests.
    package init(requests: Int, input: Int, output: Int) {
        self.requests = requests
        self.input = input
        self.output = output
    }
}

/// Estimates the tokens of a text from its length: four bytes of UTF-8 per token, with a range from three to five.
/// English prose has about 4.5 bytes per token, lists of names about 3.9 (the published prompt: 1,905 bytes, 494
/// tokens), many other scripts about 3.
package func estimatedTokens(ofTextWithBytes bytes: Int) -> TokenRange {
    func divided(_ by: Int) -> Int { (bytes + by - 1) / by }
    return TokenRange(low: divided(5), expected: divided(4), high: divided(3))
}

extension RequestLoad {
    /// The images of the requests: with their sizes in pixels, or only their number.
    package enum Images: Hashable, Sendable {
        /// - Parameter each: the number of images of each request.
        case unseen(count: Int, each: Int = 1)
        case seen([Example])

        /// The number of requests, whether or not the sizes of their images are known.
        package var count: Int {
            switch self {
            case .unseen(let count, _): count
            case .seen(let examples): examples.count
            }
        }
    }

    /// The tokens around each message for its role and separators (the published counting rule of the gpt-4 families:
    /// three per message, and three before the answer).
    private static let perMessage = 3

    /// Estimates the tokens of one request per image.
    /// - Parameters:
    ///   - labels: all labels of the dataset.
    ///   - rule: the model's image rule; `nil` uses the rule of the gpt-4o family.
    package init(
        asking request: PreparedRequest, labels: [String], about images: Images, rule: ImageTokenRule?
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
        if let (property, name) = request.answer.schema {
            // The schema may or may not count; in the published batch it did not.
            each.high += 30 + (2 * property.utf8.count + name.utf8.count) / 3
        }

        var input = each * images.count
        switch images {
        case .unseen(let count, let each): input += unseen * imagesPerRequest * each * count
        case .seen(let examples):
            for example in examples {
                for image in example.perImage {
                    input += rule.tokens(detail: request.detail, size: (image.width, image.height)) * imagesPerRequest
                }
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

    /// Estimates the tokens of training examples: the question and the answer. The estimate covers one epoch. The
    /// model writes nothing, so `output` is zero.
    package init(
        teaching request: PreparedRequest, labels: [String], about images: Images, rule: ImageTokenRule?
    ) {
        var load = RequestLoad(asking: request, labels: labels, about: images, rule: rule)
        // The answers are given: they are as long as the labels or references.
        load.input +=
            (request.task == nil ? RequestLoad.taught(request, labels: labels) : RequestLoad.answer(request, images))
            * images.count
        load.output = .zero
        self = load
    }

    /// The answer of a task is about as long as its references. The upper bound is four times that and at least 100
    /// tokens, for models that explain the answer. For unseen references, 1 to 500 tokens with 50 expected.
    private static func answer(_ request: PreparedRequest, _ images: Images) -> TokenRange {
        guard case .seen(let examples) = images, !examples.isEmpty else { return TokenRange(low: 1, expected: 50, high: 500) }
        let bytes = examples.reduce(0) { sum, example in
            sum + (example.item?.reference.string?.utf8.count ?? example.item?.reference.canonicalBytes.count ?? 0)
        }
        var tokens = estimatedTokens(ofTextWithBytes: (bytes + examples.count - 1) / examples.count) + TokenRange(4)
        tokens.low = 1
        tokens.high = max(100, 4 * tokens.high)
        return tokens
    }

    private static func taught(_ request: PreparedRequest, labels: [String]) -> TokenRange {
        let bytes = labels.reduce(0) { $0 + $1.utf8.count }
        let mean = labels.isEmpty ? 0 : (bytes + labels.count - 1) / labels.count
        var tokens = estimatedTokens(ofTextWithBytes: mean) + TokenRange(1)
        if let property = request.answer.schema?.property {
            tokens += estimatedTokens(ofTextWithBytes: property.utf8.count) + TokenRange(4)
        }
        return tokens
    }

    /// An answer is about as long as a label; the upper bound is four times that, for models that explain the answer.
    private static func answer(_ request: PreparedRequest, labels: [String]) -> TokenRange {
        var tokens = taught(request, labels: labels)
        tokens.low = 1
        tokens.high *= 4
        return tokens
    }
}

extension PreparedRequest {
    /// The question of a training example, as a request.
    package init(teaching work: WriteTrainingData.Identity) {
        self.init(RequestSpec(prompt: "", detail: work.detail, answer: work.answer), prompt: work.prompt, task: work.task)
    }
}
