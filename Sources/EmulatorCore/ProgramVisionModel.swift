// Replaces the emulator's model with a program.

package import VisionProtocol

/// A model that is a program: it answers every question, and cannot be fine-tuned.
package struct ProgramVisionModel: VisionModel {
    /// The program that answers.
    package let program: AnswerProgram?
    private let name: String

    /// - Parameter program: stopped by `close`.
    package init(_ program: AnswerProgram) {
        self.program = program
        name = "the program \(program.name)"
    }

    /// Describes the program; starts nothing.
    package func load(_ model: EmulatedModel) async throws -> LoadModelCall.Result {
        LoadModelCall.Result(architecture: name, classes: 0, digest: "")
    }

    /// Never called: the program answers instead.
    package func answer(_ call: AnswerCall) async throws -> AnswerCall.Result { throw cannot("classify by itself") }

    /// Never called: the program answers instead.
    package func read(_ call: ReadTextCall) async throws -> ReadTextCall.Result { throw cannot("read by itself") }

    /// Fails: a program has no weights to train.
    package func fineTune(
        _ call: FineTuneCall, onStep: @escaping @Sendable (FineTuneStep) -> Void
    ) async throws -> FineTuneCall.Result { throw cannot("be fine-tuned: use an emulator without 'program'") }

    /// Stops the program.
    package func close() async { await program?.stop() }

    private func cannot(_ what: String) -> VisionFailure {
        VisionFailure(code: .badRequest, message: "\(name) behind the emulator cannot \(what)")
    }
}
