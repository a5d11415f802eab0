;; A value that only the next instruction needs travels in the accumulator: on the left, on the right,
;; with a constant, and into one more operator.
(module
  (func (export "add") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.add
      (i64.add
        (i64.add (i64.add (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "sub") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.sub
      (i64.sub
        (i64.sub (i64.sub (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "mul") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.mul
      (i64.mul
        (i64.mul (i64.mul (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "and") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.and
      (i64.and
        (i64.and (i64.and (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "or") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.or
      (i64.or
        (i64.or (i64.or (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "xor") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.xor
      (i64.xor
        (i64.xor (i64.xor (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "shl") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shl
      (i64.shl
        (i64.shl (i64.shl (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "shr_s") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shr_s
      (i64.shr_s
        (i64.shr_s (i64.shr_s (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "shr_u") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shr_u
      (i64.shr_u
        (i64.shr_u (i64.shr_u (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "rotl") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rotl
      (i64.rotl
        (i64.rotl (i64.rotl (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "rotr") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rotr
      (i64.rotr
        (i64.rotr (i64.rotr (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "div_s") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.div_s
      (i64.div_s
        (i64.div_s (i64.div_s (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "div_u") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.div_u
      (i64.div_u
        (i64.div_u (i64.div_u (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "rem_s") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rem_s
      (i64.rem_s
        (i64.rem_s (i64.rem_s (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "rem_u") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rem_u
      (i64.rem_u
        (i64.rem_u (i64.rem_u (local.get $a) (local.get $b)) (local.get $c))
        (i64.const 7))
      (local.get $b)))
  (func (export "sub_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.sub
      (local.get $c)
      (i64.sub (local.get $b) (i64.sub (local.get $a) (local.get $b)))))
  (func (export "shl_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shl
      (local.get $c)
      (i64.shl (local.get $b) (i64.shl (local.get $a) (local.get $b)))))
  (func (export "shr_s_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shr_s
      (local.get $c)
      (i64.shr_s (local.get $b) (i64.shr_s (local.get $a) (local.get $b)))))
  (func (export "shr_u_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.shr_u
      (local.get $c)
      (i64.shr_u (local.get $b) (i64.shr_u (local.get $a) (local.get $b)))))
  (func (export "rotl_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rotl
      (local.get $c)
      (i64.rotl (local.get $b) (i64.rotl (local.get $a) (local.get $b)))))
  (func (export "rotr_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rotr
      (local.get $c)
      (i64.rotr (local.get $b) (i64.rotr (local.get $a) (local.get $b)))))
  (func (export "div_s_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.div_s
      (local.get $c)
      (i64.div_s (local.get $b) (i64.div_s (local.get $a) (local.get $b)))))
  (func (export "div_u_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.div_u
      (local.get $c)
      (i64.div_u (local.get $b) (i64.div_u (local.get $a) (local.get $b)))))
  (func (export "rem_s_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rem_s
      (local.get $c)
      (i64.rem_s (local.get $b) (i64.rem_s (local.get $a) (local.get $b)))))
  (func (export "rem_u_right") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.rem_u
      (local.get $c)
      (i64.rem_u (local.get $b) (i64.rem_u (local.get $a) (local.get $b)))))
  (func (export "sub_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.sub
      (i64.const 3)
      (i64.sub (i64.const 7) (i64.sub (local.get $a) (local.get $b)))))
  (func (export "shl_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.shl
      (i64.const 3)
      (i64.shl (i64.const 7) (i64.shl (local.get $a) (local.get $b)))))
  (func (export "shr_s_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.shr_s
      (i64.const 3)
      (i64.shr_s (i64.const 7) (i64.shr_s (local.get $a) (local.get $b)))))
  (func (export "shr_u_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.shr_u
      (i64.const 3)
      (i64.shr_u (i64.const 7) (i64.shr_u (local.get $a) (local.get $b)))))
  (func (export "rotl_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.rotl
      (i64.const 3)
      (i64.rotl (i64.const 7) (i64.rotl (local.get $a) (local.get $b)))))
  (func (export "rotr_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.rotr
      (i64.const 3)
      (i64.rotr (i64.const 7) (i64.rotr (local.get $a) (local.get $b)))))
  (func (export "div_s_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.div_s
      (i64.const 3)
      (i64.div_s (i64.const 7) (i64.div_s (local.get $a) (local.get $b)))))
  (func (export "div_u_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.div_u
      (i64.const 3)
      (i64.div_u (i64.const 7) (i64.div_u (local.get $a) (local.get $b)))))
  (func (export "rem_s_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.rem_s
      (i64.const 3)
      (i64.rem_s (i64.const 7) (i64.rem_s (local.get $a) (local.get $b)))))
  (func (export "rem_u_constant_left") (param $a i64) (param $b i64) (result i64)
    (i64.rem_u
      (i64.const 3)
      (i64.rem_u (i64.const 7) (i64.rem_u (local.get $a) (local.get $b)))))
  (func (export "add_word") (param $a i64) (param $b i64) (result i64)
    (i64.add
      (i64.add (i64.add (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "sub_word") (param $a i64) (param $b i64) (result i64)
    (i64.sub
      (i64.sub (i64.sub (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "mul_word") (param $a i64) (param $b i64) (result i64)
    (i64.mul
      (i64.mul (i64.mul (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "and_word") (param $a i64) (param $b i64) (result i64)
    (i64.and
      (i64.and (i64.and (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "or_word") (param $a i64) (param $b i64) (result i64)
    (i64.or
      (i64.or (i64.or (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "xor_word") (param $a i64) (param $b i64) (result i64)
    (i64.xor
      (i64.xor (i64.xor (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "div_s_word") (param $a i64) (param $b i64) (result i64)
    (i64.div_s
      (i64.div_s (i64.div_s (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "div_u_word") (param $a i64) (param $b i64) (result i64)
    (i64.div_u
      (i64.div_u (i64.div_u (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "rem_s_word") (param $a i64) (param $b i64) (result i64)
    (i64.rem_s
      (i64.rem_s (i64.rem_s (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001)))
  (func (export "rem_u_word") (param $a i64) (param $b i64) (result i64)
    (i64.rem_u
      (i64.rem_u (i64.rem_u (local.get $a) (local.get $b)) (i64.const 100000))
      (i64.const 100001))))
