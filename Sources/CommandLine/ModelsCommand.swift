// `assay models`: lists models, shows how to use them, and exports networks.

import Application
import ArgumentParser
import Artifacts
import Basics
import Foundation
import ProviderKit
import VisionProtocol

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the models of a spec and fine-tuned models, and export networks.",
        subcommands: [List.self, Export.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List models and how to use them.",
            discussion: """
                With a spec: its models, the checkpoints of trained ones, and how to call hosted ones from Python and curl. \
                Without a spec: all fine-tuned models created by runs.
                """)

        @Argument(help: "The experiment's YAML file.", completion: .file(extensions: ["yaml", "yml"]))
        var spec: String?
        @OptionGroup var selection: SelectionOptions
        @OptionGroup var stateOptions: StateOptions
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                guard let spec else { return try listTuned() }
                let listed = try await LocalModels.listing(selection.request(spec, state: stateOptions.state))
                if json {
                    return Terminal.writeJSON(["models": .array(listed.map { Models.document($0.model, $0.call) })])
                }
                for (model, call) in listed { Models.write(model, call, spec) }
            }
        }

        private func listTuned() throws {
            let tuned = try Workspace.existing(state: stateOptions.state)?.tunedModels() ?? []
            if json {
                return Terminal.writeJSON([
                    "models": .array(
                        tuned.map { model, result in
                            [
                                "model": .string(model.model), "base": .string(model.base), "job": .string(model.job),
                                "created_at": .string(result.createdAt.ISO8601Format()),
                                "experiment": .string(result.experiment), "step": .string(result.step.text),
                                "checkpoints": .array(
                                    (model.checkpoints ?? []).map { checkpoint in
                                        ["model": .string(checkpoint.model), "step": .int(Int64(checkpoint.step))]
                                    }),
                            ]
                        })
                ])
            }
            if tuned.isEmpty { Terminal.writeLine("no fine-tuned models yet") }
            for (model, result) in tuned {
                Terminal.writeLine(
                    "\(model.model)\n  from \(model.base) by \(model.job), \(result.createdAt.ISO8601Format()), "
                        + "\(result.experiment) \(result.step)\n  a run that needs it asks it again, through a new deployment where the provider requires one"
                )
                for checkpoint in model.checkpoints ?? [] {
                    Terminal.writeLine("  checkpoint after step \(checkpoint.step): \(checkpoint.model)")
                }
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write a trained built-in network as safetensors or ONNX.",
            discussion: "The file's metadata contains the labels and the preprocessing. docs/models.md shows how to load it.")

        @Argument(help: "The experiment's YAML file.", completion: .file(extensions: ["yaml", "yml"]))
        var spec: String
        @Argument(help: "The model's name in the spec.", completion: .custom(Completions.models))
        var model: String
        @OptionGroup var selection: SelectionOptions
        @OptionGroup var stateOptions: StateOptions
        @Option(help: "safetensors or onnx.")
        var format: ExportNetworkCall.Format
        @Option(
            name: .shortAndLong, help: "The file to write; by default the model's name with the format's extension.",
            completion: .file())
        var output: String?
        @Flag(help: "Replace the file if it exists.")
        var force = false

        func run() async throws {
            try await Reporter.explaining {
                let made = try await ModelExport(
                    selection.request(spec, state: stateOptions.state), model: model, format: format, to: output,
                    replaces: force)
                Terminal.writeLine(
                    "wrote \(made.path): \(made.parameters) parameters, \(made.labels.count) labels"
                        + (made.epoch.map { ", epoch \($0)" } ?? "") + ", \(made.bytes) bytes")
            }
        }
    }

    private static func write(_ model: ListedModel, _ call: HostedCall?, _ spec: String) {
        Terminal.writeLine("\(model.name)  (\(model.kind.rawValue))")
        switch model.state {
        case .ready(let path, let epoch):
            Terminal.writeLine("  checkpoint\(epoch.map { " of epoch \($0)" } ?? ""): \(path)")
            Terminal.writeLine("  predict: \(ShellText.command(["assay", "predict", spec, model.name])) IMAGE...")
            if model.kind == .network {
                Terminal.writeLine(
                    "  export: \(ShellText.command(["assay", "models", "export", spec, model.name, "--format", "onnx"]))")
            }
        case .missing(let reason): Terminal.writeLine("  \(reason); \(ShellText.command(["assay", "run", spec])) trains it")
        case .program: Terminal.writeLine("  a program, started by each run")
        case .recorded: Terminal.writeLine("  a table of recorded answers")
        case .atProvider(let name):
            Terminal.writeLine("  the provider's model: \(name)")
            if let api = model.emulator {
                // Another emulator has no models that this one fine-tuned.
                let served = model.kind == .hosted ? ["--model", name] : []
                let start = ShellText.command(["assay", "emulate", "--api", api] + served)
                Terminal.writeLine("  emulated: its server ends with each run; '\(start)' starts one that accepts calls")
            }
            guard let call else { return }
            Terminal.writeLine("  with curl:")
            for line in call.curl.split(separator: "\n", omittingEmptySubsequences: false) { Terminal.writeLine("    \(line)") }
            Terminal.writeLine("  in Python:")
            for line in call.python.split(separator: "\n", omittingEmptySubsequences: false) {
                Terminal.writeLine(line.isEmpty ? "" : "    \(line)")
            }
        }
    }

    private static func document(_ model: ListedModel, _ call: HostedCall?) -> JSONValue {
        var members: [String: JSONValue] = ["name": .string(model.name), "kind": .string(model.kind.rawValue)]
        switch model.state {
        case .ready(let path, let epoch):
            members["state"] = "ready"
            members["checkpoint"] = .string(path)
            members["epoch"] = epoch.map { .int(Int64($0)) } ?? .null
        case .missing(let reason):
            members["state"] = "missing"
            members["reason"] = .string(reason)
        case .program: members["state"] = "program"
        case .recorded: members["state"] = "recorded"
        case .atProvider(let name):
            members["state"] = "at-provider"
            members["model"] = .string(name)
            members["emulated"] = .bool(model.emulator != nil)
            members["curl"] = call.map { .string($0.curl) } ?? .null
            members["python"] = call.map { .string($0.python) } ?? .null
        }
        return .object(members)
    }
}

extension ExportNetworkCall.Format: ExpressibleByArgument {}
