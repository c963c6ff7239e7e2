// Reads fault scripts from YAML files.

import Basics
import EmulatorCore
import Foundation
import Platform
import Specification

extension FaultScript {
    /// Reads a script: `seed` and a list of `faults`, or only the list.
    /// - Throws: `Refusal` that names the file and the error.
    package init(file path: String) throws {
        if SecretFile.isTarget(of: path) {
            throw Refusal("the fault script \(path) was not read: \(SecretFile.refusal)", code: .invalid)
        }
        let bytes: Data
        do {
            bytes = try LocalFileSystem().read(path, limit: FileSizeLimit.text)
        } catch let error as FileError {
            throw Refusal("the fault script \(path) cannot be read: \(error.reason)", code: .invalid)
        }
        let documents: [YAMLNode]
        do {
            documents = try YAMLReader.documents(SourceText(name: path, bytes: [UInt8](bytes)))
        } catch {
            throw Refusal("the fault script \(path) is not YAML: \(error)", code: .invalid)
        }
        guard documents.count == 1, let root = documents.first else {
            throw Refusal("the fault script \(path) must contain one document", code: .invalid)
        }
        var script = root.json
        if script.array != nil { script = ["faults": script] }
        if script["faults"] == .null, let seed = script["seed"] {
            script = ["seed": seed, "faults": []]
        } else if script["faults"] == .null {
            script = ["faults": []]
        }
        for (index, fault) in (script["faults"]?.array ?? []).enumerated() {
            for key in (fault.object ?? [:]).keys.sorted() where !Fault.keys.contains(key) {
                let hint = nearest(to: key, among: Fault.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw Refusal("\(path): fault \(index + 1) has an unknown key '\(key)'\(hint)", code: .invalid)
            }
        }
        do {
            self = try script.decoded(as: FaultScript.self)
        } catch {
            throw Refusal("the fault script \(path) cannot be used: \(error)", code: .invalid)
        }
    }
}

extension YAMLNode {
    /// The node as JSON, with the types of the YAML 1.2 core schema.
    fileprivate var json: JSONValue {
        switch content {
        case .scalar(let scalar): scalar.resolved.json
        case .list(let nodes): .array(nodes.map(\.json))
        case .map(let pairs):
            .object(Dictionary(pairs.map { ($0.key, $0.value.json) }, uniquingKeysWith: { _, last in last }))
        }
    }
}
