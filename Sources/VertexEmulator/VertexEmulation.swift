// Google Vertex AI as an emulated cloud.

package import Basics
package import EmulatorCore

/// Emulates a Google Cloud project with Cloud Storage and Vertex AI.
package struct VertexEmulation: EmulatedCloud {
    /// The word in specs.
    package let api = "vertex"
    /// One project of the provider.
    package let title = "Google Cloud project"
    /// Tuned models have endpoints of their own.
    package let hasDeployments = false

    /// The cloud with its default durations and limits.
    package init() {}

    /// A project with the default durations and limits.
    package func emulator(
        _ settings: AccountSettings, deployments: [PreparedDeployment], vision: any VisionModel, base: any WallClock
    ) -> any Emulator {
        LoopbackEmulator(VertexEmulatorSettings(settings), vision: vision, base: base)
    }
}

extension LoopbackEmulator {
    /// An emulated Google Cloud project.
    /// - Parameters:
    ///   - vision: the model behind all answers; `WorkerVisionModel` in production.
    ///   - base: the clock from which virtual time is derived.
    package init(_ settings: VertexEmulatorSettings, vision: any VisionModel, base: any WallClock = SystemWallClock()) {
        self.init(settings.shared, base: base) { try await EmulatedProject(settings, vision: vision, base: base) }
    }
}
