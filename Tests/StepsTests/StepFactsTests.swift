// Facts of steps as they are stored and read back.

import Basics
import Foundation
import Testing
import VisionProtocol

@testable import Steps

@Suite struct StepFactsTests {
    /// The facts that version 0.1.0 stored for a batch at an emulator are still read: the network was only in the
    /// fingerprint.
    @Test func readsAnsweringFactsOfEarlierVersions() throws {
        let facts = AnsweringFacts(
            try JSONValue(
                parsing: Data(
                    """
                    {"route":"batch","model":"gpt-4o","usage":{"prompt_tokens":900,"cached_tokens":100,"completion_tokens":40},
                    "models":{"gpt-4o-2024-08-06":3},"missing_answers":1,"problems":["one of 4 was filtered"],
                    "system_fingerprints":{"emulated: EfficientNet-Lite0, knows 118 of 120 labels":3},
                    "estimated":{"answers":2,"prompt_tokens":10,"completion_tokens":4},"sent_as_png":["a.jpg is CMYK"]}
                    """.utf8)))
        #expect(facts.route == .batch)
        #expect(facts.model == "gpt-4o")
        #expect(facts.usage == TokenUsage(prompt: 900, cached: 100, completion: 40))
        #expect(facts.emulation == EmulatedFingerprint(network: "EfficientNet-Lite0", labelsKnown: 118, labelsAsked: 120))
        #expect(facts.estimatedAnswers == 2)
        #expect(facts.missing == 1)
        #expect(facts.common.problems == ["one of 4 was filtered"])
        #expect(facts.common.sentAsPNG == ["a.jpg is CMYK"])
        #expect(facts.latency == nil)
        #expect(!facts.isUncounted)
    }

    @Test(arguments: [(0, 4, false), (1, 4, true), (3, 4, true), (4, 4, false), (0, 0, false)])
    func aLatencyOfSomeAnswersIsAProblem(_ timed: Int, _ answers: Int, _ isProblem: Bool) {
        let problem = AnsweringFacts.partialLatency(timed, of: answers)
        #expect(problem?.contains("\(timed) of \(answers) answers") == (isProblem ? true : nil))
    }

    @Test func answersWithoutACountAreUncounted() {
        #expect(AnsweringFacts(["route": "batch", "models": ["m": 4], "usage": ["prompt_tokens": 0]]).isUncounted)
        #expect(!AnsweringFacts(["route": "local"]).isUncounted)
    }

    /// 0 tokens stood for an unknown number: a cost that is computed from them would be $0.
    @Test(arguments: [(0, nil), (12_000, 12_000)] as [(Int, Int?)])
    func unknownTokensOfATrainingAreNotZero(_ stored: Int, _ read: Int?) {
        #expect(FineTuneFacts(["trained_tokens": .int(Int64(stored))]).trainedTokens == read)
    }

    @Test func factsSurviveTheirOwnStorage() {
        var answering = AnsweringFacts(route: .online, model: "m")
        answering.usage = TokenUsage(prompt: 3, cached: 1, completion: 2)
        answering.models = ["m-1": 2]
        answering.backends = ["fp": 2]
        answering.latency = .init(concurrency: 2, warmUp: 5, machine: "host", measuredAt: 1_700_000_000.25)
        answering.missing = 0
        answering.common.problems = ["p"]
        #expect(AnsweringFacts(answering.json).json == answering.json)

        var tuned = FineTuneFacts()
        tuned.model = "base"
        tuned.skipped = 2
        tuned.examples = 40
        tuned.warnings = ["w"]
        tuned.isEstimated = true
        tuned.screenings = [
            "train": .init(submitted: 40, accepted: 38, labels: ["a": .init(submitted: 20, accepted: nil)])
        ]
        tuned.unread = ["metrics"]
        #expect(FineTuneFacts(tuned.json).json == tuned.json)
        #expect(FineTuneFacts(tuned.json).screenings == tuned.screenings)

        var data = TrainingDataFacts()
        data.examples = 4
        data.skipped = ["a.png is grey"]
        data.labels = ["a": .init(submitted: 4, predicted: 3)]
        #expect(TrainingDataFacts(data.json).json == data.json)
        #expect(LeakFacts(LeakFacts(identical: 2, similar: 3).json).similar == 3)
        #expect(SelectCheckpointFacts(SelectCheckpointFacts(epoch: 7).json).epoch == 7)
    }

    @Test(arguments: [
        "fp_44709d6fcb", "emulated: SmallCNN", "emulated: Net, knows many of 3 labels", "x emulated: Net, knows 1 of 3 labels",
        "emulated: Net, knows 1 of 99999999999999999999 labels",
    ])
    func otherFingerprintsNameNoEmulator(_ text: String) {
        #expect(EmulatedFingerprint(text) == nil)
    }

    @Test func fingerprintsAreReadAsTheyAreWritten() {
        let fingerprint = EmulatedFingerprint(network: "Net, knows 2 of 3 labels", labelsKnown: 1, labelsAsked: 2)
        #expect(EmulatedFingerprint(fingerprint.text) == fingerprint)
    }
}
