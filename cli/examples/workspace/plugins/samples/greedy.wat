;; Takes all the memory that it gets, then runs until it is stopped.
(module
  (memory (export "memory") 1)
  (func (export "run")
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (loop $again (br $again))))
