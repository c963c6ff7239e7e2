// Shared helpers of the client tests.

import AzureOpenAI
import Basics
import Foundation
import Platform
import ProviderKit
import Synchronization
import TestServer

/// A clock that ends every wait immediately and records it.
final class JumpingClock: WallClock {
    private struct State {
        var now = Date(timeIntervalSince1970: 1_800_000_000)
        var waits: [Double] = []
    }
    private let state = Mutex(State())

    func now() async -> Date { state.withLock(\.now) }
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.now += seconds
            state.waits.append(seconds)
        }
    }
    var waits: [Double] { state.withLock(\.waits) }
    func advance(_ seconds: Double) { state.withLock { $0.now += seconds } }
}

let sharedTransport = CurlTransport(connectTimeout: 2, silence: 20)

func connection(
    _ clock: any WallClock = JumpingClock(), credential: ProviderCredential = .apiKey(Secret("key-1")),
    retry: RetryPolicy = RetryPolicy()
) -> ProviderConnection {
    ProviderConnection(
        credential: credential, transport: sharedTransport, clock: clock, random: SeededRandom(seed: 7),
        errors: OpenAIErrors(), retry: retry)
}

extension TestServer {
    var classic: ProviderEndpoint { ProviderEndpoint(baseURL: url, surface: .azure(apiVersion: "2024-10-21")) }
}

let fileJSON =
    #"{"object":"file","id":"file-1","bytes":3,"created_at":1,"filename":"a","purpose":"batch","status":"processed"}"#
let batchJSON = #"{"object":"batch","id":"batch_1","input_file_id":"file-1","status":"validating","created_at":1}"#
let jobJSON =
    #"{"object":"fine_tuning.job","id":"ftjob-1","created_at":1,"status":"pending","model":"m","training_file":"f"}"#
let chatJSON = """
    {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
     "message":{"role":"assistant","content":"Cat","refusal":null}}],
     "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
    """
