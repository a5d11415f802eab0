;; Loops that end in compare and branch, in one instruction.
(module
  (memory 1)
  (func (export "eq") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (local.get $i) (local.get $b)))))
  (func (export "ne") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (local.get $i) (local.get $b)))))
  (func (export "lt_s") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $b)))))
  (func (export "lt_u") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $b)))))
  (func (export "gt_s") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (local.get $i) (local.get $b)))))
  (func (export "gt_u") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (local.get $i) (local.get $b)))))
  (func (export "le_s") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (local.get $i) (local.get $b)))))
  (func (export "le_u") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (local.get $i) (local.get $b)))))
  (func (export "ge_s") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (local.get $i) (local.get $b)))))
  (func (export "ge_u") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (local.get $i) (local.get $b)))))
  (func (export "eq_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (local.get $i) (i32.const 7)))))
  (func (export "eq_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (local.get $i) (i32.const 100000)))))
  (func (export "ne_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (local.get $i) (i32.const 7)))))
  (func (export "ne_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (local.get $i) (i32.const 100000)))))
  (func (export "lt_s_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (local.get $i) (i32.const 7)))))
  (func (export "lt_s_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (local.get $i) (i32.const 100000)))))
  (func (export "lt_u_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 7)))))
  (func (export "lt_u_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 100000)))))
  (func (export "gt_s_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (local.get $i) (i32.const 7)))))
  (func (export "gt_s_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (local.get $i) (i32.const 100000)))))
  (func (export "gt_u_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (local.get $i) (i32.const 7)))))
  (func (export "gt_u_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (local.get $i) (i32.const 100000)))))
  (func (export "le_s_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (local.get $i) (i32.const 7)))))
  (func (export "le_s_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (local.get $i) (i32.const 100000)))))
  (func (export "le_u_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (local.get $i) (i32.const 7)))))
  (func (export "le_u_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (local.get $i) (i32.const 100000)))))
  (func (export "ge_s_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (local.get $i) (i32.const 7)))))
  (func (export "ge_s_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (local.get $i) (i32.const 100000)))))
  (func (export "ge_u_short") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (local.get $i) (i32.const 7)))))
  (func (export "ge_u_word") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (local.get $i) (i32.const 100000)))))
  (func (export "eq_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "ne_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "lt_s_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "lt_u_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "gt_s_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "gt_u_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "le_s_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "le_u_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "ge_s_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "ge_u_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (i32.mul (local.get $i) (local.get $b)) (local.get $b)))))
  (func (export "eq_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "ne_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "lt_s_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "lt_u_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "gt_s_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "gt_u_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "le_s_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "le_u_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "ge_s_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "ge_u_chained_right") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (local.get $b) (i32.mul (local.get $i) (local.get $b))))))
  (func (export "eq_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "eq_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eq (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "ne_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "ne_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ne (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "lt_s_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "lt_s_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_s (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "lt_u_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "lt_u_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.lt_u (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "gt_s_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "gt_s_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_s (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "gt_u_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "gt_u_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.gt_u (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "le_s_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "le_s_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_s (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "le_u_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "le_u_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.le_u (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "ge_s_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "ge_s_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_s (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "ge_u_chained_short") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (i32.mul (local.get $i) (local.get $b)) (i32.const 7)))))
  (func (export "ge_u_chained_word") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.ge_u (i32.mul (local.get $i) (local.get $b)) (i32.const 100000)))))
  (func (export "eqz") 
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eqz (local.get $i) ))))
  (func (export "eqz_chained") (param $b i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.load (i32.const 0)))
      (br_if $again (i32.eqz (i32.mul (local.get $i) (local.get $b)) )))))
