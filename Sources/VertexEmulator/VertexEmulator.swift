// An emulated Google Cloud project on loopback: starts and stops it.

package import Basics
package import EmulatorCore
package import Foundation

/// An emulated project with Cloud Storage and Vertex AI that listens on 127.0.0.1. Its state is stored in its folder,
/// so it continues after a restart, also on another port.
package actor VertexEmulator: Emulator {
    private let settings: VertexEmulatorSettings
    private let vision: any VisionModel
    private let base: any WallClock
    private var running: (project: EmulatedProject, server: LoopbackServer, address: URL)?

    /// - Parameters:
    ///   - vision: the model behind all answers; `WorkerVisionModel` in production.
    ///   - base: the clock from which virtual time is derived.
    package init(
        _ settings: VertexEmulatorSettings, vision: any VisionModel, base: any WallClock = SystemWallClock()
    ) {
        self.settings = settings
        self.vision = vision
        self.base = base
    }

    /// Opens the project and starts listening.
    /// - Returns: the base address of all APIs, `http://127.0.0.1:<port>`.
    /// - Throws: `EmulatorError`, or file system errors.
    @discardableResult
    package func start() async throws -> URL {
        if let running { return running.address }
        let project = try await EmulatedProject(settings, vision: vision, base: base)
        let server = try LoopbackServer(project, settings: settings.shared)
        let address = try await server.start()
        running = (project, server, address)
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
        if let running { return await running.project.clock.now() }
        return await base.now()
    }

    /// The project's accumulated cost; `nil` before the start.
    package func bill() async -> EmulatorBill? {
        guard let running else { return nil }
        return await running.project.bill(at: running.project.clock.now())
    }

    /// The logged requests of an operation such as `objects.insert`; of all operations if `nil`.
    package func requests(_ operation: String? = nil) async throws -> [RequestLogEntry] {
        try await running?.server.requests(operation) ?? []
    }
}
