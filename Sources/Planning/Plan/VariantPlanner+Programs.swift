// Plans programs, as steps and as models.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    mutating func command(_ name: String) throws -> StepID? {
        if let known = commandSteps[name] { return known }
        guard let spec = spec.commands[name] else { return nil }
        let (work, inputs) = try runCommand(spec, at: "commands.\(name)", predictions: nil)
        let step = try add(
            StepID("run-command:\(name)"), .runCommand(work), inputs: inputs,
            places: commandPlaces("commands.\(name)"))
        commandSteps[name] = step
        return step
    }

    /// The run of a program as a model, with the parts of splits that it answers, in order.
    struct ProgramRun {
        var step: StepID
        var parts: [SplitReference]
    }

    /// Plans the run of a program that trains and answers. One run serves all evaluations of a model; only different
    /// latency conditions need separate runs.
    mutating func runModel(
        _ name: String, _ model: CommandModelSpec, reference: SplitReference, evaluation: EvaluationSpec,
        named evaluationName: String
    ) throws -> (step: StepID, output: String)? {
        let users = spec.evaluations.compactMap { entry -> (name: String, value: EvaluationSpec, part: SplitReference)? in
            entry.value.models[name].map { (entry.name, entry.value, $0.split ?? entry.value.split) }
        }
        let measured = users.first { $0.value.measuresLatency }
        let latency = latency(evaluation) ?? measured.flatMap { self.latency($0.value) }
        let memo = "\(name) \(latency.map { "\($0.concurrency) \($0.warmup)" } ?? "")"
        if programs[memo] == nil {
            let sharing = users.filter { (self.latency($0.value) ?? measured.flatMap { self.latency($0.value) }) == latency }
            var parts: [SplitReference] = []
            for user in sharing where !parts.contains(user.part) { parts.append(user.part) }
            let path = "models.\(name).command"
            var (work, inputs) = try runCommand(model.command, at: path, predictions: model.predictions)
            work.settings.imageFolder = imageFolder
            work.settings.machine = planner.observations.machine
            work.settings.allowsMissing = sharing.contains { $0.value.allowMissing }
            work.identity.latency = latency
            if let split = model.data?.split {
                for part in [SplitPart.train, .validation] {
                    if let input = try examples(SplitReference(split: split, part: part), as: part.rawValue) {
                        inputs.append(input)
                    }
                }
            }
            for (number, part) in parts.enumerated() {
                guard let input = try examples(part, as: RunCommand.examples(number)) else { return nil }
                inputs.append(input)
            }
            let asked = parts.map(\.description).joined(separator: "+")
            let timed = sharing.first { $0.value.measuresLatency }?.name ?? evaluationName
            let step = try add(
                StepID("run-command:\(name):\(latency == nil ? asked : timed)"), .runCommand(work), inputs: inputs,
                places: commandPlaces(path).merging(["predictions": "models.\(name).predictions"]) { $1 }, model: name)
            programs[memo] = ProgramRun(step: step, parts: parts)
        }
        guard let run = programs[memo], let number = run.parts.firstIndex(of: reference) else { return nil }
        return (run.step, RunCommand.answers(number))
    }

    func commandPlaces(_ path: String) -> [String: String] {
        ["": path, "command": "\(path).run", "files": "\(path).inputs", "python": "\(path).python"]
    }

    mutating func runCommand(
        _ spec: CommandSpec, at path: String, predictions: String?
    ) throws -> (RunCommand, [StepInput]) {
        var files: [String: Digest] = [:]
        var sources: [String: String] = [:]
        var inputs: [StepInput] = []
        for input in spec.inputs {
            switch input {
            case .file(let reference):
                guard let local = localPath(reference, at: "\(path).inputs") else { continue }
                let name = workingPath(of: reference, at: local)
                sources[name] = local
                let below = planner.observations.folders[local] ?? []
                // Every file of a folder is a separate part, so that an explanation can name it.
                for file in below { files[name + file.dropFirst(local.count)] = planner.observations.contents[file] }
                if below.isEmpty { files[name] = content(local, at: "\(path).inputs") ?? Digest(of: "") }
            case .output(let other, let output):
                guard let step = try command(other), let declared = self.spec.commands[other] else { continue }
                for name in output.map({ [$0] }) ?? declared.outputs {
                    inputs.append(StepInput("file:" + name, from: step, output: name))
                }
            }
        }
        var environment: [String: Digest] = [:]
        for name in spec.environment {
            environment[name] = planner.observations.environment[name].map { Digest(of: $0) }
        }
        var python: Digest?
        var pythonFolder: String?
        if let reference = spec.python, let folder = localPath(reference, at: "\(path).python") {
            python = planner.observations.pythonEnvironments[folder]
            pythonFolder = folder
            if python == nil {
                report(
                    Diagnostic(
                        code: "missing-python", "'\(folder)' is not a Python environment: it has no bin/python and pyvenv.cfg",
                        at: loaded.range(of: "\(path).python"),
                        hint:
                            "create it with 'python3 -m venv \(folder)' and install the packages that the program imports; the path is "
                            + "relative to the file that names it"))
            }
        }
        let work = RunCommand(
            identity: .init(
                command: spec.run, files: files, outputs: spec.outputs, version: spec.version,
                environment: environment, predictions: predictions, python: python),
            settings: .init(
                sources: sources, timeLimitSeconds: spec.timeLimit.map { Double($0.components.seconds) },
                pythonFolder: pythonFolder))
        return (work, inputs)
    }

    /// The path of a file in the program's folder: its path relative to the spec, or its file name where that path
    /// leads elsewhere.
    func workingPath(of reference: FileReference, at local: String) -> String {
        reference.nameInFolder(at: local)
    }
}
