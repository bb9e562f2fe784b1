"""The operators that a program of somebody else may call: one list for TorchScript and ``.pt2``.

PyTorch calls an operator by its name alone, and some names open files (``from_file``,
``save``), take over memory (``set_``, ``resize_``), reach devices or start threads. So the
list says what may be called, not what may not: functions of tensors and numbers that
networks are made of. Their in-place forms (``relu_``) write on tensors of the program
itself: nothing here can give it any other.
"""

from __future__ import annotations

import re

_CONVOLUTION = """
    conv1d conv2d conv3d conv_depthwise3d conv_tbc conv_transpose1d conv_transpose2d
    conv_transpose3d convolution _convolution _convolution_mode mkldnn_convolution thnn_conv2d
    slow_conv3d slow_conv_dilated2d slow_conv_dilated3d slow_conv_transpose2d
    slow_conv_transpose3d linear bilinear addmm addmv addbmm baddbmm bmm mm mv matmul
    chain_matmul dot vdot inner outer tensordot einsum cross linalg_cross linalg_matmul
    linalg_multi_dot linalg_vecdot addr ger
"""
_POOLING = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d
    _adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d avg_pool1d
    avg_pool2d avg_pool3d max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices
    max_pool3d max_pool3d_with_indices max_unpool2d max_unpool3d mkldnn_max_pool2d
    fractional_max_pool2d fractional_max_pool3d
"""
_NORMALISATION = """
    batch_norm native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
    _batch_norm_impl_index _batch_norm_no_update instance_norm group_norm native_group_norm
    layer_norm native_layer_norm rms_norm _fused_rms_norm norm frobenius_norm nuclear_norm
    native_norm renorm cosine_similarity pairwise_distance norm_except_dim _weight_norm
    _weight_norm_interface linalg_norm linalg_vector_norm linalg_matrix_norm
"""
_ACTIVATION = """
    relu relu6 leaky_relu rrelu prelu _prelu_kernel elu selu celu gelu silu mish sigmoid
    log_sigmoid log_sigmoid_forward logit hardsigmoid hardswish hardtanh hardshrink softshrink
    softplus softmax _softmax log_softmax _log_softmax special_softmax special_log_softmax tanh
    threshold glu dropout native_dropout feature_dropout alpha_dropout feature_alpha_dropout
    special_expit
"""
_ATTENTION_AND_RECURRENCE = """
    scaled_dot_product_attention _scaled_dot_product_attention_math
    _scaled_dot_product_flash_attention_for_cpu _native_multi_head_attention
    _transformer_encoder_layer_fwd _safe_softmax embedding embedding_bag _embedding_bag
    _embedding_bag_forward_only lstm lstm_cell gru gru_cell rnn_tanh rnn_tanh_cell rnn_relu
    rnn_relu_cell _pack_padded_sequence _pad_packed_sequence pad_sequence
    to_padded_tensor _nested_tensor_from_mask _nested_tensor_from_mask_left_aligned
"""
_ELEMENTWISE = """
    abs absolute acos acosh add addcdiv addcmul angle arccos arccosh arcsin arcsinh arctan
    arctan2 arctanh asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not
    bitwise_or bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min clip copysign cos
    cosh deg2rad digamma div divide eq erf erfc erfinv exp exp2 expm1 fix float_power floor
    floor_divide fmax fmin fmod frac frexp gcd ge greater greater_equal gt heaviside hypot i0
    igamma igammac isclose isfinite isin isinf isnan isneginf isposinf isreal lcm ldexp le lerp
    less less_equal lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not
    logical_or logical_xor lt maximum minimum mul multiply mvlgamma nan_to_num ne neg negative
    nextafter not_equal polygamma positive pow rad2deg real imag conj conj_physical resolve_conj
    resolve_neg reciprocal remainder round rsqrt rsub sgn sign signbit sin sinc sinh special_entr
    special_erf special_erfc special_erfinv special_exp2 special_expm1 special_gammaln special_i0
    special_log1p special_logit special_round special_sinc special_xlogy sqrt square sub subtract
    tan true_divide trunc where xlogy __and__ __or__ __xor__ __lshift__ __rshift__
    __iand__ __ior__ __ixor__
"""
_REDUCTION = """
    all allclose amax amin aminmax any argmax argmin argsort bincount bucketize count_nonzero cov
    corrcoef cummax cummin cumprod cumsum cumulative_trapezoid diff dist equal histc kthvalue
    logcumsumexp logsumexp special_logsumexp max mean median min mode msort nanmean nanmedian
    nanquantile nansum nonzero nonzero_numpy nonzero_static argwhere prod quantile searchsorted
    sort std std_mean sum sum_to_size topk trace trapezoid trapz unique_consecutive unique_dim
    unique_dim_consecutive _unique _unique2 var var_mean cdist _cdist_forward pdist
    _pdist_forward _euclidean_dist
"""
_SHAPE = """
    adjoint alias alias_copy as_strided as_strided_copy as_strided_scatter atleast_1d atleast_2d
    atleast_3d block_diag broadcast_tensors broadcast_to broadcast_shapes cartesian_prod cat
    channel_shuffle native_channel_shuffle chunk clone col2im column_stack combinations concat
    concatenate constant_pad_nd contiguous copy detach detach_copy diag diag_embed diagflat
    diagonal diagonal_copy diagonal_scatter dsplit dstack expand expand_as expand_copy flatten
    flip fliplr flipud hsplit hstack im2col index_select lift lift_fresh lift_fresh_copy meshgrid
    moveaxis movedim narrow narrow_copy pad _pad_circular _pad_enum permute
    permute_copy pixel_shuffle pixel_unshuffle ravel reflection_pad1d reflection_pad2d
    reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
    replication_pad3d reshape reshape_as _reshape_alias _reshape_copy roll rot90 row_stack select
    select_copy select_scatter slice slice_copy slice_scatter split split_copy split_with_sizes
    split_with_sizes_copy squeeze squeeze_copy stack swapaxes swapdims t t_copy tensor_split tile
    transpose transpose_copy tril triu unbind unbind_copy unflatten unfold unfold_copy
    unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze unsqueeze_copy vander view
    view_as view_as_complex view_as_real view_copy _unsafe_view vsplit vstack numpy_T mT mH
    matrix_H
"""
_INDEXING = """
    gather index _unsafe_index index_add index_copy index_fill index_put
    _unsafe_index_put _unsafe_masked_index _unsafe_masked_index_put_accumulate index_reduce
    masked_fill masked_scatter masked_select one_hot put scatter scatter_add scatter_reduce take
    take_along_dim fill zero
"""
_CREATION = """
    arange bartlett_window blackman_window empty empty_like empty_permuted empty_strided eye full
    full_like hamming_window hann_window kaiser_window linspace logspace new_empty
    new_empty_strided new_full new_ones new_zeros ones ones_like scalar_tensor tensor
    tril_indices triu_indices zeros zeros_like bernoulli multinomial normal rand rand_like
    randint randint_like randn randn_like randperm uniform exponential complex polar
"""
_TYPES = """
    to _to_copy _to_cpu type_as cpu _cast_Byte _cast_Char
    _cast_Double _cast_Float _cast_Half _cast_Int _cast_Long _cast_Short can_cast promote_types
    result_type dequantize item _local_scalar_dense is_nonzero is_floating_point is_complex
    is_same_size is_signed is_contiguous is_conj is_neg numel dim size stride storage_offset
    element_size get_device sym_size sym_numel sym_stride sym_storage_offset is_grad_enabled
    is_autocast_enabled is_autocast_cpu_enabled is_scripting data _shape_as_tensor
    _reshape_from_tensor _dim_arange is_leaf
"""
_RESAMPLING = """
    affine_grid_generator grid_sampler grid_sampler_2d _grid_sampler_2d_cpu_fallback
    grid_sampler_3d upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d
    upsample_nearest2d upsample_nearest3d upsample_trilinear3d _upsample_bicubic2d_aa
    _upsample_bilinear2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d
    _upsample_nearest_exact3d _upsample_lanczos2d_aa __interpolate __upsample
"""
_LINEAR_ALGEBRA = """
    cholesky cholesky_inverse cholesky_solve det inverse linalg_cholesky linalg_cholesky_ex
    linalg_det linalg_eigh linalg_eigvalsh linalg_inv linalg_inv_ex linalg_lstsq linalg_lu
    linalg_matrix_exp linalg_matrix_power linalg_matrix_rank linalg_pinv linalg_qr linalg_slogdet
    linalg_solve linalg_solve_ex linalg_solve_triangular linalg_svd linalg_svdvals logdet
    matrix_exp matrix_power pinverse qr slogdet svd triangular_solve kron _linalg_det
    _linalg_slogdet _linalg_solve_ex _linalg_svd _linalg_check_errors
"""
_LOSS = """
    binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss
    cross_entropy_loss ctc_loss hinge_embedding_loss huber_loss kl_div l1_loss
    margin_ranking_loss mse_loss multi_margin_loss multilabel_margin_loss nll_loss nll_loss2d
    nll_loss_nd poisson_nll_loss smooth_l1_loss soft_margin_loss triplet_margin_loss
"""
_SPECTRUM = """
    fft_fft fft_fft2 fft_fftfreq fft_fftn fft_fftshift fft_ifft fft_ifft2 fft_ifftn fft_ifftshift
    fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2 fft_rfftfreq fft_rfftn istft stft _fft_c2c
    _fft_c2r _fft_r2c
"""
_QUANTISATION = """
    fake_quantize_per_channel_affine fake_quantize_per_tensor_affine
    fake_quantize_per_channel_affine_cachemask fake_quantize_per_tensor_affine_cachemask
    quantize_per_tensor quantize_per_channel
"""
# What TorchScript and torch.export write beside tensors: numbers, text of errors, lists, dicts.
_LANGUAGE = """
    device Bool Float Int Complex FloatImplicit IntImplicit ScalarImplicit ComplexImplicit
    __is__ __isnot__ __not__ __contains__ __getitem__ __derive_index __range_length append
    capitalize clear count dict divmod endswith extend fabs factorial find
    floordiv format get hash insert items join keys len list lower lstrip
    mathremainder ord percentFormat pop range remove replace reverse rsplit rstrip setdefault
    sorted splitlines startswith str strip upper update values warn _set_item
    _assert_async _assert_scalar _assert_tensor_metadata _functional_assert_async
    _functional_assert_scalar sym_constrain_range sym_constrain_range_for_size
    sym_is_contiguous
"""


def words(text: str) -> frozenset[str]:
    """Return the words of a text: a table that is read, not counted."""
    return frozenset(text.split())


#: Names in the namespace ``aten``, without the underscore of an in-place form.
ATEN = words(
    _CONVOLUTION
    + _POOLING
    + _NORMALISATION
    + _ACTIVATION
    + _ATTENTION_AND_RECURRENCE
    + _ELEMENTWISE
    + _REDUCTION
    + _SHAPE
    + _INDEXING
    + _CREATION
    + _TYPES
    + _RESAMPLING
    + _LINEAR_ALGEBRA
    + _LOSS
    + _SPECTRUM
    + _QUANTISATION
    + _LANGUAGE
)

#: Names in ``prims``, into which torch.export may decompose.
PRIMS = frozenset({"broadcast_in_dim", "convert_element_type", "fma", "iota", "rev", "view_of"})

#: Names in TorchScript's ``ops.prim``: constants, errors, and questions to a tensor.
TORCHSCRIPT_PRIM = words(
    """
    NumToTensor RaiseException abs data device dtype grad_mode is_cpu is_cuda is_meta is_mkldnn
    is_mps is_nested is_quantized is_sparse is_xpu itemsize layout max min nbytes ndim
    name requires_grad shape tolist type unchecked_unwrap_optional unwrap_optional TupleUnpack
    isinstance
    """
)

_EXPORTED = re.compile(r"torch\.ops\.(aten|prims)\.(\w+)\.([A-Za-z]\w*)", re.ASCII)
_PYTHON = re.compile(
    r"_operator\.(getitem|add|sub|mul|neg|floordiv|truediv|mod|pow|eq|ne|lt|le|gt|ge|and_|or_|not_)"
)


def is_aten(name: str) -> bool:
    """Whether ``aten::name`` is listed, itself or as the in-place form of a listed one."""
    return name in ATEN or (name.endswith("_") and not name.endswith("__") and name[:-1] in ATEN)


def is_exported(target: str) -> bool:
    """Whether a node of a ``.pt2`` may call ``target``, such as ``torch.ops.aten.add.Tensor``."""
    found = _EXPORTED.fullmatch(target)
    if found is None:
        return _PYTHON.fullmatch(target) is not None
    namespace, name, overload = found.groups()
    if overload.lower().endswith("out"):  # it writes on a tensor that is handed in
        return False
    return is_aten(name) if namespace == "aten" else name in PRIMS
