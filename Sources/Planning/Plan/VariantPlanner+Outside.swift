// Plans a variant's inputs from outside the spec: accounts, files, environment variables.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    mutating func account(of name: String) -> ProviderAccount? {
        switch spec.providers[name] {
        case .emulator(let emulator):
            .emulator(
                account: emulator.account.text,
                weights: emulator.weights.flatMap { reference in
                    localPath(reference, at: "providers.\(name).weights").flatMap {
                        content($0, at: "providers.\(name).weights")
                    }
                },
                classes: emulator.classes.flatMap { reference in
                    localPath(reference, at: "providers.\(name).classes").flatMap {
                        content($0, at: "providers.\(name).classes")
                    }
                },
                program: program(of: emulator, name), api: emulator.api == EmulatorSpec.defaultAPI ? nil : emulator.api)
        case .service(let service):
            if case .address(let endings)? = loaded.keys(ofProvider: name)?.account, let address = service.endpoint {
                .address(kind: service.kind, endpoint: endpoint(address, endings: endings))
            } else {
                .other(
                    kind: service.kind,
                    account: Dictionary(
                        uniqueKeysWithValues: service.settings.map { ($0, $0 == "endpoint" ? endpoint($1) : text($1)) }))
            }
        case nil: nil
        }
    }

    /// The digest of everything about a program behind an emulator that decides its answers; `nil` without a program.
    private mutating func program(of emulator: EmulatorSpec, _ name: String) -> Digest? {
        guard let program = emulator.program else { return nil }
        var inputs: [String: JSONValue] = [:]
        let place = "providers.\(name).inputs"
        for reference in emulator.inputs {
            guard let local = localPath(reference, at: place) else { continue }
            let name = workingPath(of: reference, at: local)
            let below = planner.observations.folders[local] ?? []
            for file in below {
                inputs[name + file.dropFirst(local.count)] = planner.observations.contents[file].map { .string($0.hex) }
            }
            if below.isEmpty, let digest = content(local, at: place) { inputs[name] = .string(digest.hex) }
        }
        let run: JSONValue =
            switch program {
            case .arguments(let words): .array(words.map(JSONValue.string))
            case .shell(let line): .string(line)
            }
        let parts: [String: JSONValue] = [
            "run": run, "inputs": .object(inputs), "version": emulator.version.map(JSONValue.string) ?? .null,
            "long_lived": .bool(emulator.isLongLived),
        ]
        return Digest(of: JSONValue.object(parts).canonical)
    }

    /// The address in the form that keys use: requests to one server share a key, however the spec writes the
    /// address.
    func endpoint(_ address: EnvironmentText, endings: [String] = []) -> String {
        let written = text(address)
        return (try? ServerAddress(written))?.canonical(written, withoutEndings: endings) ?? written
    }

    func text(_ text: EnvironmentText) -> String {
        (try? text.resolved(in: planner.observations.environment)) ?? text.template
    }

    func screening(of name: String) -> ScreeningSpec? {
        if case .emulator(let emulator)? = spec.providers[name] { emulator.screening } else { nil }
    }

    /// The name by which steps refer to a provider: its own name, unless another variant uses that name for a
    /// different provider.
    mutating func providerKey(_ name: String) -> String {
        guard let provider = spec.providers[name] else { return name }
        let key = planner.providers[name].map { $0 == provider } ?? true ? name : "\(name)@\(variant)"
        planner.providers[key] = provider
        return key
    }

    mutating func locate(_ reference: FileReference, at path: String) -> FileReference.Location? {
        do {
            return try reference.location(in: planner.observations.environment)
        } catch {
            missing(error.names, at: path)
            return nil
        }
    }

    mutating func localPath(_ reference: FileReference, at path: String) -> String? {
        guard case .path(let local) = locate(reference, at: path) else { return nil }
        return local
    }

    mutating func text(_ text: EnvironmentText?, at path: String) -> String? {
        guard let text else { return nil }
        do {
            return try text.resolved(in: planner.observations.environment)
        } catch {
            missing(error.names, at: path)
            return text.template
        }
    }

    mutating func missing(_ names: [String], at path: String) {
        for name in names {
            report(
                Diagnostic(
                    .warning, code: "missing-environment", "the environment variable \(name) is not set",
                    at: loaded.range(of: path), hint: "set it, or write it to a .env file next to the spec"))
        }
    }

    /// The digest of a local file or folder that was observed.
    mutating func content(
        _ path: String, at place: String, named name: String? = nil, pinned: String? = nil
    ) -> Digest? {
        guard let digest = planner.observations.contents[name ?? path] else {
            report(
                Diagnostic(
                    code: "missing-file", "'\(path)' does not exist or cannot be read", at: loaded.range(of: place),
                    hint: path.hasPrefix("/") ? nil : "paths are relative to the file that names them"))
            return nil
        }
        if let pinned, pinned.lowercased() != digest.hex {
            report(
                Diagnostic(
                    code: "digest-differs", "'\(path)' does not match sha256; its digest is \(digest.hex)",
                    at: loaded.range(of: place), hint: "download the file again, or update sha256"))
        }
        return digest
    }

    mutating func report(_ diagnostic: Diagnostic) {
        if !planner.diagnostics.contains(diagnostic) { planner.diagnostics.append(diagnostic) }
    }

    mutating func add(
        _ id: StepID, _ work: StepWork, inputs: [StepInput] = [], places: [String: String], model: String? = nil
    ) throws -> StepID {
        var places = places
        if let provider = places["account"] {
            // The parts of an account are named after its kind, which is a value in the spec.
            for kind in ProviderAccount.partNames { places["account.\(kind)"] = provider }
        }
        return try planner.add(
            id, work, inputs: inputs, places: SpecPlaces(places), variant: variant, number: number, model: model)
    }
}
