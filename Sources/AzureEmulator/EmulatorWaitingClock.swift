// A client's clock that follows an emulator's.

import Basics
package import Foundation
package import Platform

/// Tells an emulator's virtual time and waits by it: a wait of a minute jumps over that minute, through every
/// moment at which something is due, and leaves up to a second of real time to what the model computes. For
/// emulators in this process and in others.
package struct EmulatorWaitingClock: WallClock {
    private let endpoint: String
    private let transport: any HTTPTransport

    /// - Parameter endpoint: the emulator's address, such as `http://127.0.0.1:8080`.
    package init(endpoint: String, transport: any HTTPTransport) {
        self.endpoint = endpoint
        self.transport = transport
    }

    /// The virtual time; this machine's own when the emulator does not answer.
    package func now() async -> Date {
        let request = HTTPRequestValue(.get, endpoint + "/emulator/clock")
        guard let reading = try? await reading(request) else { return Date() }
        return Date(timeIntervalSince1970: reading.now)
    }

    /// Throws `HTTPTransportError` when the emulator does not answer, and `CancellationError`.
    package func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        let body = try JSONEncoder().encode(["seconds": max(0, seconds)])
        _ = try await reading(
            HTTPRequestValue(
                .post, endpoint + "/emulator/wait", fields: ["content-type": "application/json"],
                body: [.bytes(body)]))
        try Task.checkCancellation()
    }

    private func reading(_ request: HTTPRequestValue) async throws -> ClockReading {
        try JSONDecoder().decode(ClockReading.self, from: try await transport.send(request).body)
    }
}
