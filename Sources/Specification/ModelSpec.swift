// The models that are compared.

/// A model: hosted, hosted and fine-tuned, a built-in network, trained by a program, a probe, a program, or recorded answers.
package enum ModelSpec: Hashable, Sendable, Codable {
    case hosted(HostedModelSpec)
    case fineTuned(FineTunedModelSpec)
    case trained(TrainSpec)
    case programTrained(TrainerSpec)
    case probe(ProbeSpec)
    case command(CommandModelSpec)
    case recorded(RecordedModelSpec)

    /// The name of the provider that answers; `nil` for a model that runs locally.
    package var provider: String? {
        switch self {
        case .hosted(let spec): spec.provider
        case .fineTuned(let spec): spec.provider
        case .trained, .programTrained, .probe, .command, .recorded: nil
        }
    }
}
