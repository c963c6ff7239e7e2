// An emulated account that listens on 127.0.0.1: starts and stops it, for every cloud.

package import Basics
package import Foundation

/// An emulated account that listens on 127.0.0.1. Its state is stored in its folder, so it continues after a restart, also on
/// another port.
package actor LoopbackEmulator: Emulator {
    private let settings: AccountSettings
    private let base: any WallClock
    private let open: @Sendable () async throws -> any EmulatedService
    private var running: Running?

    private struct Running {
        var service: any EmulatedService
        var server: LoopbackServer
        var address: URL
    }

    /// - Parameters:
    ///   - base: the clock from which virtual time is derived.
    ///   - open: opens the account's folder; called at each start.
    package init(
        _ settings: AccountSettings, base: any WallClock, open: @escaping @Sendable () async throws -> any EmulatedService
    ) {
        self.settings = settings
        self.base = base
        self.open = open
    }

    /// Opens the account and starts listening.
    /// - Returns: the base address of all its APIs, `http://127.0.0.1:<port>`.
    /// - Throws: `EmulatorError`, or file system errors.
    @discardableResult
    package func start() async throws -> URL {
        if let running { return running.address }
        let service = try await open()
        let server = try LoopbackServer(service, settings: settings)
        let address = try await server.start()
        running = Running(service: service, server: server, address: address)
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
        if let running { return await running.service.clock.now() }
        return await base.now()
    }

    /// The account's accumulated cost; `nil` before the start.
    package func bill() async -> EmulatorBill? {
        guard let service = running?.service else { return nil }
        return await service.bill(at: service.clock.now())
    }

    /// The logged requests of an operation such as `files.create`; of all operations if `nil`.
    package func requests(_ operation: String? = nil) async throws -> [RequestLogEntry] {
        try await running?.server.requests(operation) ?? []
    }
}
