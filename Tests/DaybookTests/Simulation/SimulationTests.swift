import Daybook
import Testing

@Suite struct `The simulation` {
    /// Runs seeds on all cores; answers with the first violation, and its seed.
    private func firstViolation(
        _ seeds: Range<UInt64>, _ sabotage: Simulation.Sabotage? = nil
    ) async -> (seed: UInt64, violation: any Error)? {
        await withTaskGroup(of: (UInt64, any Error)?.self) { tasks in
            for lane in 0..<2 as Range<UInt64> {
                tasks.addTask {
                    for seed in seeds where seed % 2 == lane {
                        var simulation = Simulation(seed: seed, sabotage: sabotage)
                        do { try simulation.run() } catch { return (seed, error) }
                        if Task.isCancelled { return nil }
                    }
                    return nil
                }
            }
            for await found in tasks {
                guard let found else { continue }
                tasks.cancelAll()
                return (found.0, found.1)
            }
            return nil
        }
    }

    @Test func `keeps every guarantee in 10,000 runs, in under a minute`() async {
        let started = ContinuousClock.now
        let found = await firstViolation(0..<10_000)
        #expect(found == nil, "seed \(found?.seed ?? 0): \(found.map { "\($0.violation)" } ?? "")")
        #expect(started.duration(to: .now) < .seconds(60))
    }

    @Test(arguments: Simulation.Sabotage.allCases)
    func `notices a guarantee that is broken on purpose`(sabotage: Simulation.Sabotage) async {
        #expect(await firstViolation(0..<2_000, sabotage) != nil)
    }
}
