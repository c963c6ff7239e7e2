// The provider emulator on loopback: starts and stops one emulated account.

package import Basics
package import EmulatorCore
package import Foundation

/// An emulated account that listens on 127.0.0.1. Its state is stored in its folder, so it continues after a restart,
/// also on another port.
package actor AzureEmulator: Emulator {
    private let settings: EmulatorSettings
    private let vision: any VisionModel
    private let base: any WallClock
    private var running: Running?

    private struct Running {
        var account: EmulatedAccount
        var server: LoopbackServer
        var address: URL
    }

    /// - Parameters:
    ///   - vision: the model behind the deployments; `WorkerVisionModel` in production.
    ///   - base: the clock from which virtual time is derived.
    package init(
        _ settings: EmulatorSettings, vision: any VisionModel, base: any WallClock = SystemWallClock()
    ) {
        self.settings = settings
        self.vision = vision
        self.base = base
    }

    /// Opens the account and starts listening.
    /// - Returns: the endpoint of the data plane and control plane, `http://127.0.0.1:<port>`.
    /// - Throws: `EmulatorError`, or file system errors.
    @discardableResult
    package func start() async throws -> URL {
        if let running { return running.address }
        let account = try await EmulatedAccount(settings, vision: vision, base: base)
        let server = try LoopbackServer(account, settings: settings.shared)
        let address = try await server.start()
        running = Running(account: account, server: server, address: address)
        return address
    }

    /// Stops listening, cancels computations and closes the files. Completed work is kept.
    package func stop() async {
        guard let running else { return }
        self.running = nil
        await running.server.stop()
    }

    /// The virtual time; before the start, the base clock's time.
    package func now() async -> Date {
        if let running { return await running.account.clock.now() }
        return await base.now()
    }

    /// The account's accumulated cost; `nil` before the start.
    package func bill() async -> EmulatorBill? {
        guard let running else { return nil }
        return await running.account.bill(at: running.account.clock.now())
    }

    /// The logged requests of an operation such as `files.create`; of all operations if `nil`.
    package func requests(_ operation: String? = nil) async throws -> [RequestLogEntry] {
        try await running?.server.requests(operation) ?? []
    }
}
