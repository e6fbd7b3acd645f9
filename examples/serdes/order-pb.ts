// As protoc-gen-es writes it from order.proto:
//   syntax = "proto3";
//   package shop;
//   message Order { string customer = 1; int64 cents = 2; repeated Item items = 3; }
//   message Item { string sku = 1; int32 pieces = 2; }

import type { Message } from '@bufbuild/protobuf'
import { fileDesc, type GenMessage, messageDesc } from '@bufbuild/protobuf/codegenv2'

const file = fileDesc(
  'CgtvcmRlci5wcm90bxIEc2hvcCJbCgVPcmRlchIaCghjdXN0b21lchgBIAEoCVIIY3VzdG9tZXISFAoFY2VudHMYAiABKANSBWNlbnRzEiAKBWl0ZW1zGAMgAygLMgouc2hvcC5JdGVtUgVpdGVtcyIwCgRJdGVtEhAKA3NrdRgBIAEoCVIDc2t1EhYKBnBpZWNlcxgCIAEoBVIGcGllY2VzYgZwcm90bzM=',
)

export type Order = Message<'shop.Order'> & { customer: string; cents: bigint; items: Item[] }
export const OrderSchema: GenMessage<Order> = messageDesc(file, 0)

export type Item = Message<'shop.Item'> & { sku: string; pieces: number }
export const ItemSchema: GenMessage<Item> = messageDesc(file, 1)
