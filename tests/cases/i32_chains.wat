;; A value that only the next instruction needs travels in the accumulator: on the left, on the right,
;; with a constant, and into one more operator.
(module
  (func (export "add") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.add
      (i32.add
        (i32.add (i32.add (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "sub") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.sub
      (i32.sub
        (i32.sub (i32.sub (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "mul") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.mul
      (i32.mul
        (i32.mul (i32.mul (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "and") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.and
      (i32.and
        (i32.and (i32.and (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "or") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.or
      (i32.or
        (i32.or (i32.or (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "xor") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.xor
      (i32.xor
        (i32.xor (i32.xor (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "shl") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shl
      (i32.shl
        (i32.shl (i32.shl (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "shr_s") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shr_s
      (i32.shr_s
        (i32.shr_s (i32.shr_s (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "shr_u") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shr_u
      (i32.shr_u
        (i32.shr_u (i32.shr_u (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "rotl") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rotl
      (i32.rotl
        (i32.rotl (i32.rotl (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "rotr") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rotr
      (i32.rotr
        (i32.rotr (i32.rotr (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "div_s") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.div_s
      (i32.div_s
        (i32.div_s (i32.div_s (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "div_u") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.div_u
      (i32.div_u
        (i32.div_u (i32.div_u (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "rem_s") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rem_s
      (i32.rem_s
        (i32.rem_s (i32.rem_s (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "rem_u") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rem_u
      (i32.rem_u
        (i32.rem_u (i32.rem_u (local.get $a) (local.get $b)) (local.get $c))
        (i32.const 7))
      (local.get $b)))
  (func (export "sub_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.sub
      (local.get $c)
      (i32.sub (local.get $b) (i32.sub (local.get $a) (local.get $b)))))
  (func (export "shl_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shl
      (local.get $c)
      (i32.shl (local.get $b) (i32.shl (local.get $a) (local.get $b)))))
  (func (export "shr_s_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shr_s
      (local.get $c)
      (i32.shr_s (local.get $b) (i32.shr_s (local.get $a) (local.get $b)))))
  (func (export "shr_u_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.shr_u
      (local.get $c)
      (i32.shr_u (local.get $b) (i32.shr_u (local.get $a) (local.get $b)))))
  (func (export "rotl_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rotl
      (local.get $c)
      (i32.rotl (local.get $b) (i32.rotl (local.get $a) (local.get $b)))))
  (func (export "rotr_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rotr
      (local.get $c)
      (i32.rotr (local.get $b) (i32.rotr (local.get $a) (local.get $b)))))
  (func (export "div_s_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.div_s
      (local.get $c)
      (i32.div_s (local.get $b) (i32.div_s (local.get $a) (local.get $b)))))
  (func (export "div_u_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.div_u
      (local.get $c)
      (i32.div_u (local.get $b) (i32.div_u (local.get $a) (local.get $b)))))
  (func (export "rem_s_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rem_s
      (local.get $c)
      (i32.rem_s (local.get $b) (i32.rem_s (local.get $a) (local.get $b)))))
  (func (export "rem_u_right") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.rem_u
      (local.get $c)
      (i32.rem_u (local.get $b) (i32.rem_u (local.get $a) (local.get $b)))))
  (func (export "sub_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.sub
      (i32.const 3)
      (i32.sub (i32.const 7) (i32.sub (local.get $a) (local.get $b)))))
  (func (export "shl_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.shl
      (i32.const 3)
      (i32.shl (i32.const 7) (i32.shl (local.get $a) (local.get $b)))))
  (func (export "shr_s_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.shr_s
      (i32.const 3)
      (i32.shr_s (i32.const 7) (i32.shr_s (local.get $a) (local.get $b)))))
  (func (export "shr_u_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.shr_u
      (i32.const 3)
      (i32.shr_u (i32.const 7) (i32.shr_u (local.get $a) (local.get $b)))))
  (func (export "rotl_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.rotl
      (i32.const 3)
      (i32.rotl (i32.const 7) (i32.rotl (local.get $a) (local.get $b)))))
  (func (export "rotr_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.rotr
      (i32.const 3)
      (i32.rotr (i32.const 7) (i32.rotr (local.get $a) (local.get $b)))))
  (func (export "div_s_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.div_s
      (i32.const 3)
      (i32.div_s (i32.const 7) (i32.div_s (local.get $a) (local.get $b)))))
  (func (export "div_u_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.div_u
      (i32.const 3)
      (i32.div_u (i32.const 7) (i32.div_u (local.get $a) (local.get $b)))))
  (func (export "rem_s_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.rem_s
      (i32.const 3)
      (i32.rem_s (i32.const 7) (i32.rem_s (local.get $a) (local.get $b)))))
  (func (export "rem_u_constant_left") (param $a i32) (param $b i32) (result i32)
    (i32.rem_u
      (i32.const 3)
      (i32.rem_u (i32.const 7) (i32.rem_u (local.get $a) (local.get $b)))))
  (func (export "add_word") (param $a i32) (param $b i32) (result i32)
    (i32.add
      (i32.add (i32.add (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "sub_word") (param $a i32) (param $b i32) (result i32)
    (i32.sub
      (i32.sub (i32.sub (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "mul_word") (param $a i32) (param $b i32) (result i32)
    (i32.mul
      (i32.mul (i32.mul (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "and_word") (param $a i32) (param $b i32) (result i32)
    (i32.and
      (i32.and (i32.and (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "or_word") (param $a i32) (param $b i32) (result i32)
    (i32.or
      (i32.or (i32.or (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "xor_word") (param $a i32) (param $b i32) (result i32)
    (i32.xor
      (i32.xor (i32.xor (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "div_s_word") (param $a i32) (param $b i32) (result i32)
    (i32.div_s
      (i32.div_s (i32.div_s (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "div_u_word") (param $a i32) (param $b i32) (result i32)
    (i32.div_u
      (i32.div_u (i32.div_u (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "rem_s_word") (param $a i32) (param $b i32) (result i32)
    (i32.rem_s
      (i32.rem_s (i32.rem_s (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001)))
  (func (export "rem_u_word") (param $a i32) (param $b i32) (result i32)
    (i32.rem_u
      (i32.rem_u (i32.rem_u (local.get $a) (local.get $b)) (i32.const 100000))
      (i32.const 100001))))
