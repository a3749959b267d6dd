import mongoose, { Schema } from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
let connection: mongoose.Connection
beforeAll(async () => {
  open = await openStore()
  connection = await mongoose.createConnection(`${open.url}models`).asPromise()
})
afterAll(async () => {
  await connection.close()
  await open.close()
})

test('documents are validated, saved with timestamps and versions, and found again', async () => {
  const schema = new Schema(
    { name: { type: String, required: true }, scores: [Number], nested: { at: Date } },
    { timestamps: true, optimisticConcurrency: true },
  )
  const Thing = connection.model('Thing', schema)
  const thing = await Thing.create({ name: 'a', scores: [1], nested: { at: new Date(0) } })
  thing.scores.push(2)
  await thing.save()
  const stale = await Thing.findById(thing._id).orFail()
  thing.name = 'b'
  await thing.save()
  stale.name = 'c'
  await expect(stale.save()).rejects.toThrow('No matching document found')
  expect(await Thing.findOne({ name: 'b' }).lean()).toMatchObject({
    scores: [1, 2],
    nested: { at: new Date(0) },
    createdAt: expect.any(Date),
  })
})

test('populate follows references, also through arrays and virtuals', async () => {
  const authorSchema = new Schema({ name: String })
  authorSchema.virtual('books', { ref: 'Book', localField: '_id', foreignField: 'authors' })
  const Author = connection.model('Author', authorSchema)
  const Book = connection.model(
    'Book',
    new Schema({ title: String, authors: [{ type: Schema.Types.ObjectId, ref: 'Author' }] }),
  )
  const one = await new Author({ name: 'one' }).save()
  const two = await new Author({ name: 'two' }).save()
  await new Book({ title: 'both', authors: [one._id, two._id] }).save()
  await new Book({ title: 'second', authors: [two._id] }).save()
  const book = await Book.findOne({ title: 'both' }).populate<{ authors: { name: string }[] }>('authors').orFail()
  expect(book.authors.map(({ name }) => name)).toEqual(['one', 'two'])
  const author = await Author.findOne({ name: 'two' }).populate<{ books: { title: string }[] }>('books').orFail()
  expect(author.books.map(({ title }) => title)).toEqual(['both', 'second'])
})

test('discriminators share a collection', async () => {
  const Shape = connection.model('Shape', new Schema({ colour: String }, { discriminatorKey: 'kind' }))
  const Circle = Shape.discriminator('Circle', new Schema({ radius: Number }))
  const Square = Shape.discriminator('Square', new Schema({ side: Number }))
  await new Circle({ colour: 'red', radius: 2 }).save()
  await new Square({ colour: 'red', side: 3 }).save()
  expect(await Shape.countDocuments({ colour: 'red' })).toBe(2)
  expect(await Circle.find().lean()).toMatchObject([{ kind: 'Circle', radius: 2 }])
})

test('bulkWrite runs every kind of write', async () => {
  const Row = connection.model('Row', new Schema({ n: Number, m: Number }))
  const result = await Row.bulkWrite([
    { insertOne: { document: { n: 1 } } },
    { insertOne: { document: { n: 2 } } },
    { updateOne: { filter: { n: 1 }, update: { $set: { m: 10 } } } },
    { updateOne: { filter: { n: 3 }, update: { $set: { m: 30 } }, upsert: true } },
    { replaceOne: { filter: { n: 2 }, replacement: { n: 20 } } },
    { deleteOne: { filter: { n: 1 } } },
  ])
  expect(result).toMatchObject({
    insertedCount: 2,
    matchedCount: 2,
    modifiedCount: 2,
    upsertedCount: 1,
    deletedCount: 1,
  })
})

test('a cursor streams more than one batch', async () => {
  const Many = connection.model('Many', new Schema({ n: Number }))
  await Many.insertMany(Array.from({ length: 250 }, (_, n) => ({ n })))
  let sum = 0
  for await (const document of Many.find().sort({ n: 1 }).batchSize(40).cursor()) sum += document.n ?? 0
  expect(sum).toBe((249 * 250) / 2)
})

test('indexes of a schema are made, and a duplicate is an error with its key', async () => {
  const Account = connection.model(
    'Account',
    new Schema({ email: { type: String, unique: true }, seen: { type: Date, expires: 60 } }),
  )
  await Account.init()
  expect((await Account.collection.indexes()).map(({ name }) => name)).toEqual(['_id_', 'email_1', 'seen_1'])
  await Account.create({ email: 'a@x' })
  await expect(Account.create({ email: 'a@x' })).rejects.toMatchObject({ code: 11000, keyValue: { email: 'a@x' } })
  expect(await Account.syncIndexes()).toEqual([])
})

test('watch is refused with the error of a standalone server', async () => {
  const Watched = connection.model('Watched', new Schema({ n: Number }))
  const stream = Watched.collection.watch()
  await expect(stream.next()).rejects.toMatchObject({
    code: 40573,
    message: 'The $changeStream stage is only supported on replica sets',
  })
  await stream.close()
})

test('a transaction is refused', async () => {
  const Guarded = connection.model('Guarded', new Schema({ n: Number }))
  await Guarded.createCollection()
  await expect(connection.transaction((session) => Guarded.create([{ n: 1 }], { session }))).rejects.toThrow(
    'does not support retryable writes',
  )
  expect(await Guarded.countDocuments()).toBe(0)
})
