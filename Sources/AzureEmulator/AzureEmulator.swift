// The provider emulator on loopback: starts and stops one emulated account.

package import Basics
package import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// An emulated account that listens on 127.0.0.1. Its state is stored in its folder, so it continues after a restart,
/// also on another port.
package actor AzureEmulator {
    private let settings: EmulatorSettings
    private let vision: any VisionModel
    private let base: any WallClock
    private var running: Running?

    private struct Running {
        var account: EmulatedAccount
        var log: RequestLog
        var server: Task<Void, Never>
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
        let log = try RequestLog(account.folder, recordsBodies: settings.recordsBodies)
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        let application = Application(
            responder: Front(account: account, log: log, settings: settings),
            server: HTTPServerBuilder { [settings] responder in
                EmulatorChannel(
                    base: HTTP1Channel(
                        responder: responder,
                        configuration: .init(idleTimeout: .milliseconds(Int64(settings.idleTimeout * 1000)))))
            },
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.connections, logger: Logger(label: "emulator") { _ in SwiftLogNoOpLogHandler() })),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
            },
            logger: Logger(label: "emulator") { _ in SwiftLogNoOpLogHandler() })
        let server = Task {
            do {
                try await application.run()
                port.finish(throwing: EmulatorError.notListening(reason: "the server ended"))
            } catch {
                port.finish(throwing: EmulatorError.notListening(reason: "\(error)"))
            }
        }
        for try await number in ports {
            guard let address = URL(string: "http://127.0.0.1:\(number)") else { break }
            running = Running(account: account, log: log, server: server, address: address)
            break
        }
        guard let running else { throw EmulatorError.notListening(reason: "no port") }
        return running.address
    }

    /// Stops listening, cancels computations and closes the files. Completed work is kept.
    package func stop() async {
        guard let running else { return }
        self.running = nil
        running.server.cancel()
        await running.server.value
        await running.account.close()
        await running.log.close()
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
        try await running?.log.entries(operation: operation, method: nil, path: nil) ?? []
    }
}
