/// Calls itself until the thread's stack has overflowed, which ends the process.
@inline(never) public func overflowStack(_ depth: Int = 0) -> Int {
    guard depth < .max else { return depth }
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { memory in
        memory.initialize(repeating: depth)
        return overflowStack(depth + 1) &+ memory[depth % 64]
    }
}
