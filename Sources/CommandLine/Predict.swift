// `assay predict`: predicts images with a trained model.

import Application
import ArgumentParser
import Basics
import Foundation

struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict images with a trained model of a spec.",
        discussion: """
            The model is a built-in network, a trainer's checkpoint or a probe that 'assay run' has trained. Files that \
            cannot be predicted are listed, and the command then ends with exit code 1.
            """)

    @Argument(help: "The experiment's YAML file.", completion: .file(extensions: ["yaml", "yml"]))
    var spec: String
    @Argument(help: "The model's name in the spec.", completion: .custom(Completions.models))
    var model: String
    @Argument(help: "Images, folders of images, and tables with a column of paths.", completion: .file())
    var images: [String]
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var stateOptions: StateOptions
    @Option(name: .customLong("top-k"), help: "Labels per image, with their scores.")
    var top = 1
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if top < 1 { throw ValidationError("--top-k takes a number above 0.") }
    }

    func run() async throws {
        try await Reporter.explaining {
            let request = PredictionRequest(
                spec: selection.request(spec, state: stateOptions.state), model: model, paths: images, top: top)
            let predictions = try await ModelPredictions(request) { _ in }
            if json { Terminal.writeJSON(PredictCommand.document(predictions)) } else { PredictCommand.write(predictions) }
            if !predictions.unread.isEmpty { throw ExitCode.failure }
        }
    }

    private static func write(_ predictions: ModelPredictions) {
        let width = predictions.images.map(\.path.terminalColumns).max() ?? 0
        for image in predictions.images {
            Terminal.writeLine("\(image.path.padded(toColumns: width))  \(image.line)")
        }
        for file in predictions.unread { Terminal.writeError("not predicted: \(file.path): \(file.reason)") }
    }

    private static func document(_ predictions: ModelPredictions) -> JSONValue {
        [
            "model": .string(predictions.model), "epoch": predictions.epoch.map { .int(Int64($0)) } ?? .null,
            "images": .array(
                predictions.images.map { image in
                    [
                        "path": .string(image.path), "answer": .string(image.answer), "value": image.value ?? .null,
                        "top": .array(image.top.map { ["label": .string($0.label), "score": .double($0.score)] }),
                    ]
                }),
            "not_predicted": .array(
                predictions.unread.map { ["path": .string($0.path), "reason": .string($0.reason)] }),
        ]
    }
}
