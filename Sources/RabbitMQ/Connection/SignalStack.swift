import Glibc

/// Runs `body` with a stack for handlers of signals beside the thread's own, so that a program's handler can tell when
/// that one has overflowed.
func withSignalStack(_ body: () -> Void) {
    let size = 64 << 10
    let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let base, base != MAP_FAILED else { return body() }
    var stack = stack_t()
    stack.ss_sp = base
    stack.ss_size = size
    sigaltstack(&stack, nil)
    body()
    stack.ss_flags = Int32(SS_DISABLE)
    sigaltstack(&stack, nil)
    munmap(base, size)
}
