// Azure OpenAI as an emulated cloud.

package import Basics
package import EmulatorCore

/// Emulates an Azure OpenAI account with its control plane.
package struct AzureEmulation: EmulatedCloud {
    /// The word in specs.
    package let api = "azure"
    /// One account of the provider.
    package let title = "Azure OpenAI account"
    /// Models are asked through deployments.
    package let hasDeployments = true

    /// The cloud with its default durations and limits.
    package init() {}

    /// An account with the default durations and limits.
    package func emulator(
        _ settings: AccountSettings, deployments: [PreparedDeployment], vision: any VisionModel, base: any WallClock
    ) -> any Emulator {
        var azure = EmulatorSettings(settings)
        azure.deployments = deployments
        return LoopbackEmulator(azure, vision: vision, base: base)
    }
}

extension LoopbackEmulator {
    /// An emulated Azure OpenAI account.
    /// - Parameters:
    ///   - vision: the model behind the deployments; `WorkerVisionModel` in production.
    ///   - base: the clock from which virtual time is derived.
    package init(_ settings: EmulatorSettings, vision: any VisionModel, base: any WallClock = SystemWallClock()) {
        self.init(settings.shared, base: base) { try await EmulatedAccount(settings, vision: vision, base: base) }
    }
}
