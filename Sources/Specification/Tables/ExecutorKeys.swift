// The keys of the executor: where compute steps run, and the resources of their jobs.

import Basics

extension ValueType where Value == ExecutorSpec {
    static let executor = choice(
        "an executor: local, or slurm with resources of its jobs",
        [
            .word("local", .local), .word("slurm", .slurm(SlurmSpec())),
            .key(
                "slurm", ValueType<SlurmSpec>.entity, from: { .slurm($0) },
                back: { if case .slurm(let spec) = $0 { spec } else { nil } }),
        ])
}

extension SlurmSpec: SpecEntity {
    static let table = KeyTable(
        "slurm", called: "the Slurm executor",
        "Training epochs, predictions and programs run as jobs of a Slurm cluster. Omitted values are the "
            + "cluster's defaults. See [cluster.md](cluster.md).",
        blank: SlurmSpec(),
        example: """
            executor:
              slurm:
                partition: main
                account: vision
                time: 30m
                train: { partition: gpu, gres: "gpu:1", time: 4h, memory: 8G }
            """,
        keys: Key.slurmResources { $1(&$0.resources) } + [
            .key("train", \.train, .entity, "Resources of training epochs, which override those above."),
            .key("predict", \.predict, .entity, "Resources of predictions, which override those above."),
            .key("command", \.command, .entity, "Resources of programs, which override those above."),
        ])
}

extension SlurmResourcesSpec: SpecEntity {
    static let table = KeyTable(
        "slurm-resources", called: "a job's resources", "The resources of jobs for one kind of step.",
        blank: SlurmResourcesSpec(), keys: Key.slurmResources { $1(&$0) })
}

extension Key {
    /// The resource keys of a job, shared by every entity that has them.
    fileprivate static func slurmResources(
        _ change: @escaping @Sendable (inout Entity, (inout SlurmResourcesSpec) -> Void) -> Void
    ) -> [Key] {
        [
            .setting("partition", .text, "The partition.") { entity, value in
                change(&entity) { $0.partition = value }
            },
            .setting("account", .text, "The account to charge.") { entity, value in
                change(&entity) { $0.account = value }
            },
            .setting("time", .duration, "The time limit. If it interrupts a chain of epochs, the chain continues in another job.")
            {
                entity, value in change(&entity) { $0.time = value }
            },
            .setting("memory", .slurmMemory, "The memory of a job.", examples: ["4G"]) { entity, value in
                change(&entity) { $0.memory = value }
            },
            .setting("gres", .text, "Generic resources, in Slurm's syntax.", examples: ["gpu:1"]) { entity, value in
                change(&entity) { $0.gres = value }
            },
            .setting("constraint", .text, "Features that a node must have, in Slurm's syntax.", examples: ["avx2"]) {
                entity, value in change(&entity) { $0.constraint = value }
            },
            .setting("cpus", .count(upTo: 100_000), "CPUs of a job. Jobs of a built-in network get at least its `threads`.") {
                entity, value in
                change(&entity) { $0.cpus = value }
            },
        ]
    }
}

extension ValueType where Value == String {
    /// `500M`, `4G`: the `--mem` notation of Slurm's `sbatch`.
    fileprivate static let slurmMemory = text(
        word: "size: `500M`, `4G`", expected: "a size such as 500M or 4G", pattern: "^[1-9][0-9]*[KMGT]$",
        fits: { $0.wholeMatch(of: #/[1-9][0-9]*[KMGT]/#) != nil })
}
