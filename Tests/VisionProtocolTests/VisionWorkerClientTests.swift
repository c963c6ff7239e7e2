// The client's side of the pipe, with fake workers in shell, because a real one cannot be made to die on demand.

import Basics
import Foundation
import Platform
import Testing
import VisionProtocol

@Suite struct VisionWorkerClientTests {
    /// A worker that runs this shell script instead of the protocol.
    func fakeWorker(_ script: String) -> VisionWorkerClient {
        VisionWorkerClient(executable: "/bin/sh", arguments: ["-c", script])
    }

    static let numerics = #"{"library":"l","version":"1","blas":"b","threads":2,"device":"cpu","instructions":"i"}"#

    func trainCall(batchSize: Int) -> TrainEpochCall {
        let recipe = TrainingRecipe(
            architecture: .smallCNN, images: .plain(size: 32, normalize: .imagenet), batchSize: batchSize,
            optimizer: .adamw(learningRate: 1e-3), seed: 1)
        return TrainEpochCall(
            recipe: recipe, epoch: 1, start: .fresh, labels: ["a"], training: [], validation: [], output: "/dev/null",
            threads: 1)
    }

    @Test func answersAreMatchedToTheirRequests() async throws {
        let client = fakeWorker(
            #"while read line; do n=$((n+1)); echo "{\"id\":$n,\"result\":\#(Self.quoted(Self.numerics))}"; done"#)
        let first = try await client.call(DescribeCall())
        let second = try await client.call(DescribeCall())
        #expect(first == second)
        #expect(first.library == "l" && first.threads == 2)
        await client.stop()
    }

    @Test func eventsComeBeforeTheResult() async throws {
        let client = fakeWorker(
            #"""
            read line
            echo '{"id":1,"event":{"done":1,"of":2}}'
            echo '{"id":1,"event":{"done":2,"of":2}}'
            echo '{"id":1,"result":{"images":[]}}'
            read end
            """#)
        let (events, continuation) = AsyncStream.makeStream(of: PredictionProgress.self)
        let result = try await client.call(InspectImagesCall(paths: [])) { continuation.yield($0) }
        continuation.finish()
        var done: [Int] = []
        for await event in events { done.append(event.done) }
        #expect(done == [1, 2])
        #expect(result.images.isEmpty)
        await client.stop()
    }

    @Test func refusalsAreErrors() async throws {
        let client = fakeWorker(
            #"read line; echo '{"id":1,"error":{"code":"too-few-images","message":"3 are too few"}}'; read end"#)
        let error = await #expect(throws: VisionFailure.self) { try await client.call(trainCall(batchSize: 8)) }
        #expect(error == VisionFailure(code: .tooFewImages, message: "3 are too few"))
        await client.stop()
    }

    @Test(arguments: [
        (
            64, "kill -9 $$",
            VisionWorkerError.workerDied(
                status: .signalled(9), hint: .tryBatchSize(32), lastWords: [])
        ),
        (1, "kill -9 $$", .workerDied(status: .signalled(9), hint: nil, lastWords: [])),
        (64, "echo broken >&2; exit 3", .workerDied(status: .exited(3), hint: nil, lastWords: ["broken"])),
    ])
    func deathIsAnError(batchSize: Int, script: String, expected: VisionWorkerError) async throws {
        let client = fakeWorker("read line; \(script)")
        let error = await #expect(throws: VisionWorkerError.self) {
            try await client.call(trainCall(batchSize: batchSize))
        }
        #expect(error == expected)
        // The next request starts a new process.
        await #expect(throws: expected) { try await client.call(trainCall(batchSize: batchSize)) }
    }

    @Test func nameOfTheBatchSizeToTryIsInTheWording() {
        let error = VisionWorkerError.workerDied(status: .signalled(9), hint: .tryBatchSize(32), lastWords: [])
        #expect("\(error)".contains("try batch_size 32"))
    }

    @Test func cancellationEndsTheWorker() async throws {
        let client = fakeWorker("read line; read never; sleep 60")
        let task = Task { try await client.call(trainCall(batchSize: 8)) }
        try await Task.sleep(for: .milliseconds(100))
        let clock = ContinuousClock()
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.now - start < .seconds(10))
    }

    /// Regression: cancelled while the process was being started, the request was never answered.
    @Test func cancellationAtAnyMomentOfTheStartEndsTheRequest() async throws {
        for microseconds in stride(from: 0, to: 12_000, by: 200) {
            let client = fakeWorker("read line; read never")
            let task = Task { try await client.call(DescribeCall()) }
            try await Task.sleep(for: .microseconds(microseconds))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await client.stop()
        }
    }

    @Test func aMissingWorkerIsNamed() async throws {
        let client = VisionWorkerClient(executable: "/nonexistent/assay-vision")
        let error = await #expect(throws: VisionWorkerError.self) { try await client.call(DescribeCall()) }
        guard case .cannotStart("/nonexistent/assay-vision", _)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test func nonsenseIsRefused() async throws {
        let client = fakeWorker("read line; echo hello; sleep 60")
        await #expect(throws: VisionWorkerError.protocolBroken(line: "hello")) {
            try await client.call(DescribeCall())
        }
    }

    private static func quoted(_ json: String) -> String { json.replacingOccurrences(of: "\"", with: "\\\"") }
}
