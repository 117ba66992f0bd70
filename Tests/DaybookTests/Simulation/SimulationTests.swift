import Daybook
import Testing

@Suite struct `The simulation` {
    /// What came of some runs.
    private struct Outcome {
        /// The first violation that was found, and its seed.
        var violation: (seed: UInt64, error: any Error)?
        var steps = 0
    }

    /// Runs seeds on all cores, up to the first violation.
    private func run(_ seeds: Range<UInt64>, _ sabotage: Simulation.Sabotage? = nil) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { tasks in
            for lane in 0..<2 as Range<UInt64> {
                tasks.addTask {
                    var outcome = Outcome()
                    for seed in seeds where seed % 2 == lane {
                        var simulation = Simulation(seed: seed, sabotage: sabotage)
                        do { try simulation.run() } catch { outcome.violation = (seed, error) }
                        outcome.steps += simulation.steps
                        if outcome.violation != nil || Task.isCancelled { break }
                    }
                    return outcome
                }
            }
            var all = Outcome()
            for await outcome in tasks {
                all.steps += outcome.steps
                all.violation = all.violation ?? outcome.violation
                if all.violation != nil { tasks.cancelAll() }
            }
            return all
        }
    }

    @Test func `keeps every guarantee in 10,000 runs, which come to rest`() async {
        let outcome = await run(0..<10_000)
        let found = outcome.violation.map { "seed \($0.seed): \($0.error)" }
        #expect(found == nil)
        // The same on every machine: work is counted, and not time.
        #expect(outcome.steps < 10_000 * 1600)
    }

    @Test(arguments: Simulation.Sabotage.allCases)
    func `notices a guarantee that is broken on purpose`(sabotage: Simulation.Sabotage) async {
        #expect(await run(0..<2_000, sabotage).violation != nil)
    }
}
