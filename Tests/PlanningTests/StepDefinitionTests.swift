// Properties of all steps of a kind.

import Testing

@testable import Planning

@Suite struct StepDefinitionTests {
    /// Paid and trained results are on the disk before they count: a power cut must not lose paid results.
    @Test(arguments: StepKind.allCases)
    func paidAndTrainedResultsAreDurable(_ kind: StepKind) {
        let definition = kind.definition
        if definition.isPaid || [.trainEpoch, .trainerEpoch].contains(kind) { #expect(definition.isDurable) }
    }

    /// A node of a cluster has neither ledger nor provider; a forecast may run only free work.
    @Test(arguments: StepKind.allCases)
    func paidWorkStaysWithTheCoordinator(_ kind: StepKind) {
        let definition = kind.definition
        if definition.isPaid {
            #expect(definition.cluster == nil)
            #expect(!definition.producesExamples)
            #expect(definition.lane == .remote)
        }
    }

    @Test func implementationsStartAtOne() {
        for kind in StepKind.allCases { #expect(kind.definition.implementation >= 1) }
    }
}
